using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Agents;

namespace Keylime.Storage.Verifier;

/// <summary>A policy text of either kind.</summary>
internal sealed class PolicyRow
{
    public required PolicyKind Kind { get; init; }
    public required string Name { get; init; }
    public string? Text { get; init; }
    public required int Generator { get; init; }
    public required string ContentHash { get; init; }
    public required bool JudgesNothing { get; init; }

    public static PolicyRow From(PolicyKind kind, NamedPolicy policy) => new()
    {
        Kind = kind,
        Name = policy.Name,
        Text = policy.Text,
        Generator = policy.Generator,
        ContentHash = Hash(policy.Text),
        JudgesNothing = policy.JudgesNothing,
    };

    public static string Hash(string? text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text ?? "")));
}
