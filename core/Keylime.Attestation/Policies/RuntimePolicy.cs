using System.Diagnostics.CodeAnalysis;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies.DeviceMapper;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>Keylime's runtime policy, version 1, compiled for lookup. Immutable; one instance serves any number of agents and threads.</summary>
public sealed class RuntimePolicy
{
    /// <summary>Longest text that is compiled, in bytes.</summary>
    public const int MaxTextBytes = 64 * 1024 * 1024;

    internal RuntimePolicy() { }

    /// <summary>Who made it: 0 unknown, 1 empty, 2 compatible, 3 legacy.</summary>
    public int Generator { get; internal init; }
    /// <summary>Whether somebody wrote it, for machines that measure; else it stands for none. Who writes rules by hand need not know what a generator is.</summary>
    public bool IsSet => Generator > 1 || Files.Count + Keyrings.Count + Buffers.Count + VerificationKeys.Count > 0 || DeviceMapperPolicy is not null;

    /// <summary>Algorithm of the list's template hash column.</summary>
    public TpmAlgorithm LogHash { get; internal init; } = TpmAlgorithm.Sha1;

    /// <summary>Number of paths with digests.</summary>
    public int PathCount => Files.Count;

    /// <summary>Whether <c>excludes</c> spares every file from being judged. What expressions match cannot be enumerated: they are tried on paths of all the places
    /// that programs and configuration lie in.</summary>
    public bool ExcludesEverything(ExpressionBudget budget) => Excludes.ExcludesAll(budget);

    internal DigestTable Files { get; init; } = DigestTable.Empty;
    internal DigestTable Keyrings { get; init; } = DigestTable.Empty;
    internal DigestTable Buffers { get; init; } = DigestTable.Empty;
    internal ExcludeList Excludes { get; init; } = ExcludeList.None;
    internal IReadOnlyList<byte[]> IgnoredKeyrings { get; init; } = [];
    internal bool IgnoresAllKeyrings { get; init; }
    internal ImaKeyring VerificationKeys { get; init; } = ImaKeyring.Empty;
    internal DeviceMapperPolicy? DeviceMapperPolicy { get; init; }

    internal bool IgnoresKeyring(ReadOnlySpan<byte> name)
    {
        foreach (var ignored in IgnoredKeyrings)
            if (name.SequenceEqual(ignored)) return true;
        return IgnoresAllKeyrings;
    }

    /// <summary>Compiles the text as uploaded: policy JSON, UTF-8. Compiling is pure, so callers may keep the result by the text's hash.</summary>
    public static bool TryCompile(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out RuntimePolicy? policy, [NotNullWhen(false)] out PolicyFault? fault) =>
        RuntimePolicyReader.TryRead(utf8, out policy, out fault);
}
