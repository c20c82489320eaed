using System.Collections.Frozen;
using Keylime.Attestation.Quotes;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>Algorithms that an agent may use. A name and its alias (<c>rsa</c> and <c>rsa2048</c>, <c>ecc</c> and <c>ecc256</c>) are one.</summary>
/// <param name="hashes">Of signatures and PCR banks; null for any.</param>
/// <param name="encryptions">Kinds of keys; null for any.</param>
/// <param name="signings">Signature schemes; null for any.</param>
public sealed class AcceptedAlgorithms(IEnumerable<string>? hashes, IEnumerable<string>? encryptions, IEnumerable<string>? signings)
{
    private readonly FrozenSet<string>? _hashes = hashes?.ToFrozenSet(StringComparer.Ordinal);
    private readonly FrozenSet<string>? _encryptions = encryptions?.Select(Canonical).ToFrozenSet(StringComparer.Ordinal);
    private readonly FrozenSet<string>? _signings = signings?.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the hash algorithm is accepted.</summary>
    public bool AcceptsHash(string name) => _hashes?.Contains(name) ?? true;

    /// <summary>Whether the kind of key is accepted.</summary>
    public bool AcceptsEncryption(string name) => _encryptions?.Contains(Canonical(name)) ?? true;

    /// <summary>Whether the signature scheme is accepted.</summary>
    public bool AcceptsSigning(string name) => _signings?.Contains(name) ?? true;

    /// <summary>What the quote is made with and the lists lack; null when they have it all. What an agent says that it uses is its word only.</summary>
    /// <returns>Member of the agent's answer that speaks of it, and the algorithm's name.</returns>
    public (string Member, string Name)? FindUnaccepted(VerifiedQuote quote) =>
        !AcceptsHash(quote.Hash.ToHashName()) ? ("hash_alg", quote.Hash.ToHashName())
        : !AcceptsHash(quote.Bank.ToHashName()) ? ("hash_alg", quote.Bank.ToHashName())
        : !AcceptsEncryption(quote.KeyKind) ? ("enc_alg", quote.KeyKind)
        : !AcceptsSigning(quote.Scheme) ? ("sign_alg", quote.Scheme)
        : null;

    private static string Canonical(string name) => name switch
    {
        "rsa" => "rsa2048",
        "ecc" => "ecc256",
        _ => name,
    };
}
