using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Quotes;

/// <summary>A quote that passed every check of its own: whoever holds one need not ask again whether its values are the TPM's.</summary>
public sealed class VerifiedQuote
{
    private readonly PcrBlob _pcrs;

    private VerifiedQuote(AttestationKey key, Signature signature, Attest statement, PcrBlob pcrs)
    {
        KeyKind = key.KindName;
        Scheme = signature.SchemeName;
        Hash = signature.Hash;
        Bank = FindBank(signature.Hash, pcrs);
        Clock = statement.Clock;
        FirmwareVersion = statement.FirmwareVersion;
        _pcrs = pcrs;
    }

    /// <summary>Kind of the attestation key, by Keylime's name: <c>rsa2048</c>.</summary>
    public string KeyKind { get; }
    /// <summary>Scheme of the signature, by Keylime's name: <c>rsassa</c>.</summary>
    public string Scheme { get; }
    /// <summary>Hash of the signature and of the PCR digest. The PCR banks may be others.</summary>
    public TpmAlgorithm Hash { get; }
    /// <summary>The bank that policies speak of: that of <see cref="Hash"/>, or the only one that is quoted where that has none.</summary>
    public TpmAlgorithm Bank { get; }
    /// <summary>The TPM's clock and counters.</summary>
    public ClockInfo Clock { get; }
    /// <summary>Vendor's firmware version.</summary>
    public ulong FirmwareVersion { get; }
    /// <summary>The quoted PCRs, in signed order.</summary>
    public IReadOnlyList<PcrValue> Pcrs => _pcrs.Values;

    /// <summary>Value of a PCR; false when it was not quoted.</summary>
    public bool TryGetPcr(TpmAlgorithm bank, int pcr, out ReadOnlyMemory<byte> value) => _pcrs.TryGetValue(bank, pcr, out value);

    /// <summary>Makes every check, first the signature: what nobody signed is not parsed any further.</summary>
    /// <param name="attest">TPMS_ATTEST.</param>
    /// <param name="signature">TPMT_SIGNATURE.</param>
    /// <param name="pcrs">PCR blob of tpm2-tools.</param>
    /// <param name="key">The attestation key; used from this thread.</param>
    /// <param name="nonce">Qualifying data that was asked for, byte for byte. Keylime also takes the base64-decoded nonce; one value has one spelling here.</param>
    /// <param name="quote">The quote.</param>
    /// <param name="fault">The first check that failed.</param>
    public static bool TryVerify(
        ReadOnlySpan<byte> attest, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> pcrs, AttestationKey key, ReadOnlySpan<byte> nonce,
        [NotNullWhen(true)] out VerifiedQuote? quote, out QuoteFault fault)
    {
        quote = null;
        if (!Signature.TryParse(signature, out var signed, out var error)) return Fail(QuoteCheck.SignatureStructure, error, out fault);
        if (!key.Verify(signed, attest)) return Fail(QuoteCheck.Signature, default, out fault);
        if (!Attest.TryParse(attest, out var statement, out error)) return Fail(QuoteCheck.AttestStructure, error, out fault);
        if (statement.Quote is not { } quoted) return Fail(QuoteCheck.AttestStructure, new(ParseFault.BadType, 6), out fault);
        if (!statement.QualifyingData.Span.SequenceEqual(nonce)) return Fail(QuoteCheck.Nonce, default, out fault);
        if (!PcrBlob.TryParse(pcrs, out var blob, out error)) return Fail(QuoteCheck.PcrStructure, error, out fault);
        // The blob's labels are the agent's word. Without this comparison a genuine quote of PCR 16, which any program may reset, passes for PCR 10.
        if (!PcrSelection.SamePcrs(quoted.Pcrs, blob.Selections)) return Fail(QuoteCheck.PcrSelection, default, out fault);
        if (!quoted.PcrDigest.Span.SequenceEqual(blob.ComputeDigest(signed.Hash))) return Fail(QuoteCheck.PcrDigest, default, out fault);
        quote = new(key, signed, statement, blob);
        fault = default;
        return true;
    }

    /// <summary>Not what the agent says: with several banks quoted it could point at one that its firmware leaves alone, whose PCRs anybody can make up.</summary>
    private static TpmAlgorithm FindBank(TpmAlgorithm hash, PcrBlob pcrs)
    {
        var bank = pcrs.Values.Count > 0 ? pcrs.Values[0].Bank : hash;
        foreach (var value in pcrs.Values)
            if (value.Bank == hash || value.Bank != bank) return hash;
        return bank;
    }

    private static bool Fail(QuoteCheck check, ParseError error, out QuoteFault fault)
    {
        fault = new(check, error);
        return false;
    }
}
