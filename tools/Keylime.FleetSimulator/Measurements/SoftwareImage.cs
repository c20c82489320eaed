using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Keylime.Attestation.Ima;
using Keylime.Tpm;

namespace Keylime.FleetSimulator.Measurements;

/// <summary>The software that all machines of a fleet run: the files that their IMA lists are made of, hashed and written down once.</summary>
internal sealed class SoftwareImage
{
    /// <summary>Files in the image. A list that grows longer measures them again, as a kernel does with files that were touched.</summary>
    public const int FileCount = 1024;

    private readonly MeasuredFile[] _files = new MeasuredFile[FileCount];

    /// <param name="bootAggregate">SHA-256 over the PCRs that describe the boot.</param>
    public SoftwareImage(ReadOnlySpan<byte> bootAggregate)
    {
        BootAggregate = MeasuredFile.Of(bootAggregate, ImaNgEntry.BootAggregateName);
        for (var i = 0; i < FileCount; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"/usr/lib/fleet/module-{i:0000}.so");
            _files[i] = MeasuredFile.Of(SHA256.HashData(Encoding.UTF8.GetBytes(name)), name);
        }
    }

    public MeasuredFile BootAggregate { get; }

    public IReadOnlyList<MeasuredFile> All => [BootAggregate, .. _files];

    public MeasuredFile this[long number] => _files[number % FileCount];
}

/// <summary>An entry of the list in every form that it is needed in.</summary>
/// <param name="Name">The path.</param>
/// <param name="Digest">SHA-256 of the content.</param>
/// <param name="ExtendDigest">What PCR 10 of the SHA-256 bank is extended with.</param>
/// <param name="JsonLine">The line with its line feed, as the inside of a JSON string.</param>
internal sealed record MeasuredFile(string Name, byte[] Digest, byte[] ExtendDigest, byte[] JsonLine)
{
    public static MeasuredFile Of(ReadOnlySpan<byte> digest, string name)
    {
        var entry = ImaNgEntry.Create(TpmAlgorithm.Sha256, digest, name);
        var line = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(entry.Line + "\n");
        return new(entry.Name, digest.ToArray(), entry.ComputeExtendDigest(TpmAlgorithm.Sha256), Encoding.UTF8.GetBytes(line));
    }
}
