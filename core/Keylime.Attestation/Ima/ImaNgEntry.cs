using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Keylime.Tpm;

namespace Keylime.Attestation.Ima;

/// <summary>An entry of the template <c>ima-ng</c> from its writer's side: what a kernel puts into the list and into the PCR when it measures a file.</summary>
/// <remarks>Linux, security/integrity/ima. For programs that play the kernel; lists of unknown origin are read by the appraiser.</remarks>
public sealed class ImaNgEntry
{
    /// <summary>The PCR that IMA extends.</summary>
    public const int Pcr = 10;

    /// <summary>Name of the first entry, whose digest is over the PCRs that describe the boot.</summary>
    public const string BootAggregateName = "boot_aggregate";

    private readonly byte[] _templateData;

    private ImaNgEntry(string name, string digestText, byte[] templateData)
    {
        (Name, _templateData) = (name, templateData);
        // SHA-1 is the kernel's choice for this column; what protects the entry is the PCR, in each bank's own hash.
        Line = $"{Pcr} {Convert.ToHexStringLower(SHA1.HashData(templateData))} ima-ng {digestText} {name}";
        DigestText = digestText;
    }

    /// <summary>The path as the list shows it.</summary>
    public string Name { get; }

    /// <summary>The digest as the list shows it: <c>sha256:</c> and hex.</summary>
    public string DigestText { get; }

    /// <summary>The entry's line, without its line feed.</summary>
    public string Line { get; }

    /// <summary>Measures a file: <paramref name="digest"/> is that of its content. Blanks in the name become <c>_</c>, and so do line breaks, which a
    /// kernel would let through and no reader could tell from the end of the entry.</summary>
    /// <exception cref="ArgumentException">The digest does not have the length of its algorithm, or there is no name.</exception>
    public static ImaNgEntry Create(TpmAlgorithm algorithm, ReadOnlySpan<byte> digest, string name)
    {
        if (digest.Length != algorithm.DigestBytes()) throw new ArgumentException($"No {algorithm} digest has {digest.Length} bytes.", nameof(digest));
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Build($"{algorithm.ToHashName()}:{Convert.ToHexStringLower(digest)}", name.Replace(' ', '_').Replace('\n', '_').Replace('\r', '_'))
            ?? throw new ArgumentException("No entry can be made.", nameof(name));
    }

    /// <summary>Reads back a line that <see cref="Line"/> gave; false for any other line, also one that a byte was changed in.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out ImaNgEntry? entry)
    {
        entry = line.Split(' ') is [_, _, _, var digest, { Length: > 0 } name] ? Build(digest, name) : null;
        if (entry?.Line != line) entry = null;
        return entry is not null;
    }

    /// <summary>What the PCR of a bank is extended with: the template data in the bank's hash, as kernels do since 5.8.</summary>
    public byte[] ComputeExtendDigest(TpmAlgorithm bank) => bank.HashData(_templateData);

    private static ImaNgEntry? Build(string digestText, string name)
    {
        var digest = Encoding.UTF8.GetBytes(digestText);
        var path = Encoding.UTF8.GetBytes(name);
        var buffer = new byte[ImaEntry.ScratchBytes(digest.Length + path.Length)];
        var data = new ImaTemplateData(buffer);
        if (!data.AddDigest(digest, typed: false, out _, out _)) return null;
        data.AddName(path);
        return new(name, digestText, data.Written.ToArray());
    }
}
