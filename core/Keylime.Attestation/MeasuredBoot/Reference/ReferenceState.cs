using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot.Reference;

/// <summary>Reference values of Keylime's measured-boot policy <c>example</c> (<c>mb_refstate</c>), and of <c>uki</c>, which differs in the boot chains. Immutable.</summary>
internal sealed class ReferenceState
{
    public required bool HasSecureBoot { get; init; }
    public required IReadOnlyList<Firmware> Firmwares { get; init; }
    /// <summary>Boot chains of <c>example</c>.</summary>
    public required IReadOnlyList<Kernel> Kernels { get; init; }
    /// <summary>Boot chains of <c>uki</c>.</summary>
    public required IReadOnlyList<UnifiedKernel> UnifiedKernels { get; init; }
    public required IReadOnlySet<Key> Pk { get; init; }
    public required IReadOnlySet<Key> Kek { get; init; }
    public required IReadOnlySet<Key> Db { get; init; }
    public required IReadOnlySet<Key> Dbx { get; init; }
    public required IReadOnlySet<Key> VendorDb { get; init; }
    public required IReadOnlyList<Digests> MokList { get; init; }
    public required IReadOnlyList<Digests> MokListX { get; init; }

    public static bool TryParse(JsonElement root, MeasuredBootEngine engine, [NotNullWhen(true)] out ReferenceState? state, [NotNullWhen(false)] out PolicyFault? fault)
    {
        var reader = new ReferenceStateReader(engine);
        var read = reader.Read(root);
        fault = reader.Fault;
        state = fault is null ? read : null;
        return state is not null;
    }
}

/// <summary>One allowed combination of S-CRTM and firmware blobs, in the order of the log.</summary>
internal sealed record Firmware(Digests SCrtm, IReadOnlyList<Digests> Blobs);

/// <summary>One allowed boot chain. With Secure Boot the kernel is known by its Authenticode digest, without by that of the file.</summary>
internal sealed record Kernel(Digests Shim, Digests Grub, Digests? KernelAuthenticode, Digests? Vmlinuz, Digests Initrd, PolicyExpression CommandLine);

/// <summary>One allowed chain of boot loaders, if any, and a unified kernel image.</summary>
/// <param name="Chain">Boot loaders and image, in the order of the log.</param>
/// <param name="KernelAuthenticode">The kernel inside the image, where it is measured by itself as well.</param>
/// <param name="CommandLine">Command lines that may be handed to it; null when none may.</param>
internal sealed record UnifiedKernel(IReadOnlyList<Digests> Chain, Digests? KernelAuthenticode, PolicyExpression? CommandLine);

/// <summary>A digest in one or several banks, lower-case hex.</summary>
internal sealed record Digests(IReadOnlyDictionary<TpmAlgorithm, string> ByBank)
{
    /// <summary>Only the quoted bank proves anything: the digests of other banks can be edited freely.</summary>
    public bool Match(BootEvent boot, TpmAlgorithm bank) =>
        ByBank.TryGetValue(bank, out var expected) && Convert.ToHexStringLower(boot.DigestOf(bank).Span) == expected;

    public override string ToString() => string.Join(", ", ByBank.Select(digest => $"{digest.Key.ToHashName()}:{digest.Value}"));
}

/// <summary>A Secure Boot key or digest and its owner; the data as lower-case hex.</summary>
internal readonly record struct Key(Guid Owner, string Data)
{
    public static Key From(EfiSignature signature) => new(signature.Owner, Convert.ToHexStringLower(signature.Data.Span));
}
