using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Structures;

/// <summary>TPMS_QUOTE_INFO: the PCRs a quote covers and the digest of their concatenated values.</summary>
/// <param name="Pcrs">The selections, in the order in which the digest covers them.</param>
/// <param name="PcrDigest">Digest with the hash of the quote's signature.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_QUOTE_INFO (10.12.4).</remarks>
public sealed record QuoteInfo(IReadOnlyList<PcrSelection> Pcrs, ReadOnlyMemory<byte> PcrDigest)
{
    /// <summary>Reads the structure; false, with the place of the fault, for anything else or anything more.</summary>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out QuoteInfo? quote, out ParseError error)
    {
        var reader = new TpmReader(source);
        quote = Read(ref reader);
        if (!reader.TryFinish(out error)) quote = null;
        return quote is not null;
    }

    internal static QuoteInfo Read(ref TpmReader reader) =>
        new(PcrSelection.ReadList(ref reader), reader.ReadSized(TpmHash.MaxDigestBytes).ToArray());

    internal void Write(ref TpmWriter writer)
    {
        PcrSelection.WriteList(ref writer, Pcrs);
        writer.WriteSized(PcrDigest.Span);
    }
}
