using System.Diagnostics.CodeAnalysis;
using System.Text;
using Keylime.Protocol.V2;

namespace Keylime.Attestation;

/// <summary>The pull model's answer to <see cref="Evidence"/>: <c>r</c> base64(attest) <c>:</c> base64(signature) <c>:</c> base64(PCRs), and the logs.</summary>
internal static class EvidenceReader
{
    /// <summary>A TPM signs at most a few hundred bytes and the PCR blob of 24 PCRs in four banks is under 7 kB; this leaves room, not a loophole.</summary>
    private const int MaxQuotePartBytes = 16 * 1024;

    public static bool TryRead(QuoteResponse response, [NotNullWhen(true)] out Evidence? evidence, [NotNullWhen(false)] out AttestationFailure? failure)
    {
        evidence = null;
        if (response.Quote is not { Length: > 0 } quote || quote[0] != 'r')
            return Fail("quote", "is absent or does not begin with r", out failure);
        Span<Range> parts = stackalloc Range[4];
        var body = quote.AsSpan(1);
        if (body.Split(parts, ':') != 3)
            return Fail("quote", "is not three parts joined by colons", out failure);
        if (!TryDecode(body[parts[0]], MaxQuotePartBytes, out var attest))
            return Fail("quote", "has a first part (TPMS_ATTEST) that is not base64 or too long", out failure);
        if (!TryDecode(body[parts[1]], MaxQuotePartBytes, out var signature))
            return Fail("quote", "has a second part (TPMT_SIGNATURE) that is not base64 or too long", out failure);
        if (!TryDecode(body[parts[2]], MaxQuotePartBytes, out var pcrs))
            return Fail("quote", "has a third part (PCR values) that is not base64 or too long", out failure);
        if (response.HashAlg is not { } hash) return Fail("hash_alg", "is absent", out failure);
        if (response.EncAlg is not { } encryption) return Fail("enc_alg", "is absent", out failure);
        if (response.SignAlg is not { } signing) return Fail("sign_alg", "is absent", out failure);
        var firstEntry = response.ImaMeasurementListEntry ?? 0;
        if (firstEntry is < 0 or > int.MaxValue) return Fail("ima_measurement_list_entry", "is out of range", out failure);
        byte[]? bootLog = null;
        if (response.MbMeasurementList is { } log && !TryDecode(log, int.MaxValue, out bootLog))
            return Fail("mb_measurement_list", "is not base64", out failure);

        failure = null;
        evidence = new Evidence
        {
            Attest = attest,
            Signature = signature,
            Pcrs = pcrs,
            HashAlgorithm = hash,
            EncryptionAlgorithm = encryption,
            SigningAlgorithm = signing,
            PayloadPublicKey = response.Pubkey,
            ImaLog = response.ImaMeasurementList is { } list ? Encoding.UTF8.GetBytes(list) : (ReadOnlyMemory<byte>?)null,
            ImaFirstEntry = firstEntry,
            BootLog = bootLog is null ? (ReadOnlyMemory<byte>?)null : bootLog,
            BootTime = response.Boottime ?? 0,
        };
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, int maxBytes, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        // White space is legal to .NET's decoder, but no agent sends it: strict, so that one value has one spelling.
        if (text.Length / 4 > maxBytes / 3 || text.ContainsAny(' ', '\n', '\r') || text.Contains('\t')) return false;
        var buffer = new byte[text.Length / 4 * 3];
        if (text.Length % 4 != 0 || !Convert.TryFromBase64Chars(text, buffer, out var written)) return false;
        bytes = written == buffer.Length ? buffer : buffer[..written];
        return true;
    }

    private static bool Fail(string member, string fault, out AttestationFailure failure)
    {
        failure = AttestationFailure.InvalidData(member, fault);
        return false;
    }
}
