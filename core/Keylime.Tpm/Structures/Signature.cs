using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Structures;

/// <summary>TPMT_SIGNATURE by RSASSA, RSAPSS or ECDSA.</summary>
/// <param name="Algorithm">The scheme.</param>
/// <param name="Hash">Hash of the signed message.</param>
/// <param name="Rsa">RSA: the signature. ECDSA: empty.</param>
/// <param name="R">ECDSA: r, big-endian; TPMs drop leading zeros, other tools add them. RSA: empty.</param>
/// <param name="S">ECDSA: s, in the same form. RSA: empty.</param>
/// <remarks>TPM 2.0 Part 2, TPMT_SIGNATURE (11.3.4).</remarks>
public sealed record Signature(
    TpmAlgorithm Algorithm, TpmAlgorithm Hash, ReadOnlyMemory<byte> Rsa, ReadOnlyMemory<byte> R, ReadOnlyMemory<byte> S)
{
    /// <summary>Longest RSA signature (4096 bits), in bytes.</summary>
    public const int MaxRsaBytes = 512;
    /// <summary>Longest r or s (TPM2B_ECC_PARAMETER), in bytes; room for leading zeros.</summary>
    public const int MaxEccBytes = 128;

    /// <summary>Keylime's name of the scheme: <c>rsassa</c>, <c>rsapss</c>, <c>ecdsa</c>.</summary>
    public string SchemeName => Algorithm switch
    {
        TpmAlgorithm.RsaSsa => "rsassa",
        TpmAlgorithm.RsaPss => "rsapss",
        _ => "ecdsa",
    };

    /// <summary>Reads the structure; false, with the place of the fault, for anything else or anything more.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Signature? signature, out ParseError error)
    {
        var reader = new TpmReader(source);
        signature = Read(ref reader);
        if (!reader.TryFinish(out error)) signature = null;
        return signature is not null;
    }

    /// <summary>The wire bytes.</summary>
    public byte[] ToBytes()
    {
        var writer = new TpmWriter(stackalloc byte[TpmWriter.MaxBytes]);
        writer.WriteAlgorithm(Algorithm);
        writer.WriteAlgorithm(Hash);
        if (Algorithm == TpmAlgorithm.Ecdsa)
        {
            writer.WriteSized(R.Span);
            writer.WriteSized(S.Span);
        }
        else writer.WriteSized(Rsa.Span);
        return writer.Written.ToArray();
    }

    internal static Signature Read(ref TpmReader reader)
    {
        var algorithm = reader.ReadAlgorithm();
        if (algorithm is not (TpmAlgorithm.RsaSsa or TpmAlgorithm.RsaPss or TpmAlgorithm.Ecdsa)) reader.Fail(ParseFault.UnknownAlgorithm);
        var hash = reader.ReadHash();
        return algorithm == TpmAlgorithm.Ecdsa
            ? new(algorithm, hash, default, reader.ReadSized(MaxEccBytes).ToArray(), reader.ReadSized(MaxEccBytes).ToArray())
            : new(algorithm, hash, reader.ReadSized(MaxRsaBytes).ToArray(), default, default);
    }
}
