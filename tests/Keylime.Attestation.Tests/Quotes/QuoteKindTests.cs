using System.Security.Cryptography;
using Keylime.Attestation.Quotes;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Tests.Quotes;

/// <summary>Quotes of every kind of key, scheme, hash and bank that TPMs sign, made in software.</summary>
public class QuoteKindTests
{
    private static readonly byte[] Nonce = [1, 2, 3, 4];

    [Theory]
    [InlineData(2048, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256)]
    [InlineData(2048, TpmAlgorithm.RsaPss, TpmAlgorithm.Sha512)]
    [InlineData(3072, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha384)]
    [InlineData(3072, TpmAlgorithm.RsaPss, TpmAlgorithm.Sha256)]
    [InlineData(4096, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha512)]
    [InlineData(4096, TpmAlgorithm.RsaPss, TpmAlgorithm.Sha384)]
    [InlineData(2048, TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha1)]
    public void Verifies_quotes_of_rsa_keys(int bits, TpmAlgorithm scheme, TpmAlgorithm hash)
    {
        using var rsa = RSA.Create(bits);
        var padding = scheme == TpmAlgorithm.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var area = Area(scheme, hash) with { Rsa = RsaPublic.FromParameters(rsa.ExportParameters(includePrivateParameters: false)) };
        Judge(area, hash, attest => new(scheme, hash, rsa.SignData(attest, hash.ToHashAlgorithmName(), padding), default, default));
    }

    [Theory]
    [InlineData("nistP256", TpmEccCurve.NistP256, TpmAlgorithm.Sha256)]
    [InlineData("nistP384", TpmEccCurve.NistP384, TpmAlgorithm.Sha384)]
    [InlineData("nistP521", TpmEccCurve.NistP521, TpmAlgorithm.Sha512)]
    [InlineData("nistP521", TpmEccCurve.NistP521, TpmAlgorithm.Sha1)]
    public void Verifies_quotes_of_elliptic_curve_keys(string name, TpmEccCurve curve, TpmAlgorithm hash)
    {
        using var ecc = ECDsa.Create(ECCurve.CreateFromFriendlyName(name));
        var area = Area(TpmAlgorithm.Ecdsa, hash) with { Ecc = EccPublic.FromParameters(curve, ecc.ExportParameters(includePrivateParameters: false)) };
        Judge(area, hash, attest =>
        {
            var signed = ecc.SignData(attest, hash.ToHashAlgorithmName(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            return new(TpmAlgorithm.Ecdsa, hash, default, signed.AsMemory(0, signed.Length / 2), signed.AsMemory(signed.Length / 2));
        });
    }

    [Theory]
    [InlineData(new[] { TpmAlgorithm.Sha1, TpmAlgorithm.Sha384 }, TpmAlgorithm.Sha256)] // either could be one that the firmware leaves alone
    [InlineData(new[] { TpmAlgorithm.Sha384, TpmAlgorithm.Sha256 }, TpmAlgorithm.Sha256)]
    [InlineData(new[] { TpmAlgorithm.Sha384 }, TpmAlgorithm.Sha384)]
    [InlineData(new TpmAlgorithm[0], TpmAlgorithm.Sha256)]
    public void Speaks_of_the_bank_of_the_signing_hash_or_of_the_only_other(TpmAlgorithm[] quoted, TpmAlgorithm bank)
    {
        using var rsa = RSA.Create(2048);
        var area = Area(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256) with { Rsa = RsaPublic.FromParameters(rsa.ExportParameters(includePrivateParameters: false)) };
        Assert.True(AttestationKey.TryCreate(area, out var key));
        using var owned = key;
        PcrSelection[] selections = [.. quoted.Select(hash => new PcrSelection(hash, 1))];
        var blob = new PcrBlob(selections, [.. quoted.Select(hash => new PcrValue(hash, 0, new byte[hash.DigestBytes()]))]);
        var attest = new Attest(new byte[34], Nonce, new(1, 1, 0, Safe: true), 1) { Quote = new(selections, blob.ComputeDigest(TpmAlgorithm.Sha256)) }.ToBytes();
        var signature = new Signature(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256, rsa.SignData(attest, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), default, default);

        Assert.True(VerifiedQuote.TryVerify(attest, signature.ToBytes(), blob.ToBytes(), key, Nonce, out var quote, out var fault), fault.ToString());

        Assert.Equal((bank, "rsassa", "rsa2048"), (quote.Bank, quote.Scheme, quote.KeyKind));
    }

    /// <summary>Judges a quote of each bank, of all banks at once, and of one with the values of two exchanged.</summary>
    private static void Judge(PublicArea area, TpmAlgorithm hash, Func<byte[], Signature> sign)
    {
        Assert.True(AttestationKey.TryCreate(area, out var key));
        using var owned = key;
        TpmAlgorithm[] banks = [TpmAlgorithm.Sha1, TpmAlgorithm.Sha256, TpmAlgorithm.Sha384, TpmAlgorithm.Sha512];
        foreach (var quoted in banks.Select(bank => new[] { bank }).Append(banks))
        {
            PcrSelection[] selections = [.. quoted.Select(bank => new PcrSelection(bank, 0x10401))];
            PcrValue[] values = [.. quoted.SelectMany(bank => new[] { 0, 10, 16 }.Select(pcr => new PcrValue(bank, pcr, bank.HashData([(byte)pcr]))))];
            var blob = new PcrBlob(selections, values);
            var attest = new Attest(new byte[34], Nonce, new(1, 1, 0, Safe: true), 1) { Quote = new(selections, blob.ComputeDigest(hash)) }.ToBytes();
            var signature = sign(attest).ToBytes();

            Assert.True(VerifiedQuote.TryVerify(attest, signature, blob.ToBytes(), key, Nonce, out var quote, out var fault), $"{string.Join(',', quoted)}: {fault}");
            Assert.Equal((hash, quoted.Contains(hash) ? hash : quoted[0], area.KindName), (quote.Hash, quote.Bank, quote.KeyKind));
            foreach (var bank in quoted)
            {
                Assert.True(quote.TryGetPcr(bank, 10, out var value));
                Assert.Equal(bank.HashData([10]), value.ToArray());
            }
            var exchanged = new PcrBlob(selections, [values[1] with { Pcr = 0 }, values[0] with { Pcr = 10 }, .. values[2..]]);
            Assert.False(VerifiedQuote.TryVerify(attest, signature, exchanged.ToBytes(), key, Nonce, out _, out fault));
            Assert.Equal(QuoteCheck.PcrDigest, fault.Check);
        }
    }

    private static PublicArea Area(TpmAlgorithm scheme, TpmAlgorithm hash) => new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = ObjectAttributes.AttestationKey, Scheme = new(scheme, hash) };
}
