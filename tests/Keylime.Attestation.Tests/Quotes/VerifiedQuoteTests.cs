using Keylime.Attestation.Quotes;
using Keylime.Testing;

namespace Keylime.Attestation.Tests.Quotes;

public class VerifiedQuoteTests
{
    /// <summary>The vectors' words for a failed check; where they name an earlier or later one than we do, more than one of ours is right.</summary>
    private static readonly Dictionary<string, QuoteCheck[]> Reasons = new()
    {
        ["malformed-signature"] = [QuoteCheck.SignatureStructure],
        ["trailing-bytes-signature"] = [QuoteCheck.SignatureStructure],
        ["unsupported-hash"] = [QuoteCheck.SignatureStructure],
        ["bad-signature"] = [QuoteCheck.Signature],
        ["bad-magic"] = [QuoteCheck.AttestStructure],
        ["bad-type"] = [QuoteCheck.AttestStructure],
        ["nonce-mismatch"] = [QuoteCheck.Nonce],
        ["malformed-pcrs"] = [QuoteCheck.PcrStructure],
        ["pcr-selection-mismatch"] = [QuoteCheck.PcrSelection, QuoteCheck.PcrStructure],
        ["pcr-digest-mismatch"] = [QuoteCheck.PcrDigest],
    };

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        if (Vectors.ArePresent)
            foreach (var folder in QuoteVector.Folders)
                foreach (var vector in QuoteVector.All(folder)) cases.Add(folder, vector.Id);
        return cases;
    }

    [VectorTheory, MemberData(nameof(Cases))]
    public void Judges_a_published_quote_as_its_manifest_says(string folder, string id)
    {
        var vector = QuoteVector.Get(folder, id);

        Assert.Equal(vector.IsValid, Verify(vector, out var quote, out var fault));

        Assert.Equal(vector.IsValid, quote is not null);
        if (vector.Reason is { } reason && Reasons.TryGetValue(reason, out var checks)) Assert.Contains(fault.Check, checks);
    }

    [VectorTheory, InlineData("tpm/quote/rsa2048-rsassa-sha256"), InlineData("tpm/quote/ecc-p256-ecdsa-sha256")]
    public void Rejects_every_truncation(string folder)
    {
        var good = QuoteVector.Get(folder, "good-b10_16");
        foreach (var length in Enumerable.Range(0, good.Attest.Length)) Assert.False(Verify(good with { Attest = good.Attest[..length] }, out _, out _));
        foreach (var length in Enumerable.Range(0, good.Signature.Length)) Assert.False(Verify(good with { Signature = good.Signature[..length] }, out _, out _));
        foreach (var length in Enumerable.Range(0, good.Pcrs.Length)) Assert.False(Verify(good with { Pcrs = good.Pcrs[..length] }, out _, out _));
    }

    [VectorTheory, InlineData("tpm/quote/rsa2048-rsassa-sha256"), InlineData("tpm/quote/ecc-p256-ecdsa-sha256")]
    public void Rejects_every_flipped_byte_of_what_is_signed_and_of_the_signature(string folder)
    {
        var good = QuoteVector.Get(folder, "good-b10_16");
        for (var i = 0; i < good.Attest.Length; i++) Assert.False(Verify(good with { Attest = Flip(good.Attest, i) }, out _, out _));
        for (var i = 0; i < good.Signature.Length; i++) Assert.False(Verify(good with { Signature = Flip(good.Signature, i) }, out _, out _));
    }

    [VectorFact]
    public void Never_believes_another_value_after_a_flipped_byte_of_the_pcr_blob()
    {
        var good = QuoteVector.Get("tpm/quote/ecc-p256-ecdsa-sha256", "good-b10_16");
        Assert.True(Verify(good, out var original, out _));
        for (var i = 0; i < good.Pcrs.Length; i++)
        {
            // Padding and redundant counts may change; what is read from the blob may not.
            if (!Verify(good with { Pcrs = Flip(good.Pcrs, i) }, out var quote, out _)) continue;
            Assert.Equal(original.Pcrs.Select(pcr => (pcr.Bank, pcr.Pcr, Convert.ToHexString(pcr.Value.Span))),
                quote.Pcrs.Select(pcr => (pcr.Bank, pcr.Pcr, Convert.ToHexString(pcr.Value.Span))));
        }
    }

    private static bool Verify(QuoteVector vector, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out VerifiedQuote? quote, out QuoteFault fault) =>
        VerifiedQuote.TryVerify(vector.Attest, vector.Signature, vector.Pcrs, vector.Key, vector.Nonce, out quote, out fault);

    private static byte[] Flip(byte[] bytes, int index)
    {
        var flipped = bytes.ToArray();
        flipped[index] ^= 1;
        return flipped;
    }
}
