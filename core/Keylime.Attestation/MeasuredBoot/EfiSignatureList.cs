using System.Buffers.Binary;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>One EFI_SIGNATURE_LIST of a Secure Boot database: entries of one type and one size.</summary>
/// <param name="Type">EFI_CERT_X509_GUID, EFI_CERT_SHA256_GUID, ...</param>
/// <param name="Signatures">The entries.</param>
/// <remarks>UEFI specification, "Signature Database".</remarks>
public sealed record EfiSignatureList(Guid Type, IReadOnlyList<EfiSignature> Signatures)
{
    private const int HeaderBytes = 16 + 4 + 4 + 4;

    /// <summary>Reads the lists that a database variable consists of; no bytes may be left. An empty variable is no list.</summary>
    public static bool TryParseAll(ReadOnlyMemory<byte> source, out IReadOnlyList<EfiSignatureList> lists)
    {
        var read = new List<EfiSignatureList>();
        lists = read;
        while (source.Length > 0)
        {
            if (source.Length < HeaderBytes) return false;
            var span = source.Span;
            var listBytes = BinaryPrimitives.ReadUInt32LittleEndian(span[16..]);
            var headerBytes = BinaryPrimitives.ReadUInt32LittleEndian(span[20..]);
            var signatureBytes = BinaryPrimitives.ReadUInt32LittleEndian(span[24..]);
            if (listBytes > source.Length || listBytes < HeaderBytes || headerBytes > listBytes - HeaderBytes || signatureBytes <= 16) return false;
            var body = source[(HeaderBytes + (int)headerBytes)..(int)listBytes];
            if (body.Length % signatureBytes != 0) return false;
            read.Add(new(new Guid(span[..16]), ReadSignatures(body, (int)signatureBytes)));
            source = source[(int)listBytes..];
        }
        return true;
    }

    private static EfiSignature[] ReadSignatures(ReadOnlyMemory<byte> body, int signatureBytes)
    {
        var signatures = new EfiSignature[body.Length / signatureBytes];
        for (var i = 0; i < signatures.Length; i++) signatures[i] = EfiSignature.Read(body.Slice(i * signatureBytes, signatureBytes));
        return signatures;
    }
}

/// <summary>EFI_SIGNATURE_DATA: a certificate or a digest, and who put it there.</summary>
public readonly record struct EfiSignature(Guid Owner, ReadOnlyMemory<byte> Data)
{
    /// <summary>Reads an owner and its data from at least 16 bytes.</summary>
    internal static EfiSignature Read(ReadOnlyMemory<byte> source) => new(new Guid(source.Span[..16]), source[16..]);
}
