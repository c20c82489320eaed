using System.Security.Cryptography;
using System.Text;
using Keylime.Testing;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Credentials;

public sealed class AttestationKeyTests
{
    private const string PssModulus =
        "CF8FE32AD6E06AE55655003015859A315D9573F372F7D19ECB22E99CAC1E8BBA"
        + "86D19D3BD9B02E6148D7B670C2CACB440D3823DB06A8EBFB31343695CCBD7AB4"
        + "B2EE8784ABFF1BEC314CD232663B491FE5C68C67132CBFE4D5251CEDFB9A947E"
        + "EECA3667BE135A27333364FC5967C6294927578B2E9BAF902D71CF804512030B";
    private const string PssSalt32 =
        "2BDDE4F7AE88B2743352C468B8B6E0EF866C11075C25A34604CC7A7CD116F85A"
        + "1CE36484D20BB2D12A1B53EF5A6E85F346D5E5410E26146E9BF2B680D6AC92AF"
        + "76F0BFC7B0D4D800A6CB35C17FAE7C20539C8FA45E943CB248E3DCB8437ECD4C"
        + "6DECB3912F7207E462F493EE8993C0E38436E3D972E468B59BE47DBB47024864";
    private const string PssSalt20 =
        "CE7521B5A18CD575790056FA87702D7C9C351647C35171389D5AD4E217C3FBEF"
        + "BFC939DF1159C840F0BB541444BF2DE6B1831007B6D75E73A966E749C83AF7D4"
        + "5F5D66B968C0E7D21BD28B6D02EEC88A0DD49647DB6B0285513C6C50958CFFA2"
        + "12D9400959449B4D2D7B941F47BE9E2BFFF4065711F01B28817BB0F46704761F";
    private static readonly byte[] Message = Encoding.ASCII.GetBytes("what the TPM says");

    [VectorTheory]
    [InlineData("ecc-p256-ecdsa-sha256")]
    [InlineData("ecc-p384-ecdsa-sha384")]
    [InlineData("rsa2048-rsassa-sha256")]
    [InlineData("rsa2048-rsapss-sha256")]
    public void Judges_the_signatures_of_real_quotes(string name)
    {
        Assert.True(PublicArea.TryParseSized(Vectors.Read($"tpm/quote/{name}/ak.tpm2b_public"), out var area, out _));
        Assert.True(AttestationKey.TryCreate(area, out var key));
        using var owned = key;
        foreach (var vector in Vectors.ReadJson($"tpm/quote/{name}/cases.json").GetProperty("cases").EnumerateArray())
        {
            var id = vector.GetProperty("id").GetString()!;
            if (id == "wrong-ak") continue; // names another key's folder
            var reason = vector.GetProperty("expected").GetProperty("reason").GetString();
            var parsed = Signature.TryParse(vector.GetProperty("sig").GetBytesFromBase64(), out var signature, out _);
            var verified = parsed && key.Verify(signature!, vector.GetProperty("attest").GetBytesFromBase64());
            // Reasons that come before, or are, the signature; every other case is genuinely signed.
            var bad = reason is "bad-signature" or "malformed-signature" or "unsupported-hash" or "trailing-bytes-signature";
            Assert.True(verified != bad, $"{id}: verified {verified}, expected reason {reason}");
        }
    }

    [Theory]
    [InlineData(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha256)]
    [InlineData(TpmAlgorithm.RsaSsa, TpmAlgorithm.Sha512)]
    [InlineData(TpmAlgorithm.RsaPss, TpmAlgorithm.Sha256)]
    [InlineData(TpmAlgorithm.RsaPss, TpmAlgorithm.Sha384)]
    public void Verifies_rsa_by_the_scheme_of_the_key_only(TpmAlgorithm scheme, TpmAlgorithm hash)
    {
        using var rsa = RSA.Create(2048);
        var padding = scheme == TpmAlgorithm.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var signature = new Signature(scheme, hash, rsa.SignData(Message, hash.ToHashAlgorithmName(), padding), default, default);

        using var bound = Create(AreaOf(rsa, new(scheme, hash)));
        Assert.True(bound.Verify(signature, Message));
        Assert.False(bound.Verify(signature, [.. Message, 0]));
        using var free = Create(AreaOf(rsa, KeyScheme.Null));
        Assert.True(free.Verify(signature, Message));
        using var otherHash = Create(AreaOf(rsa, new(scheme, TpmAlgorithm.Sha1)));
        Assert.False(otherHash.Verify(signature, Message));
        var otherScheme = scheme == TpmAlgorithm.RsaPss ? TpmAlgorithm.RsaSsa : TpmAlgorithm.RsaPss;
        Assert.False(free.Verify(signature with { Algorithm = otherScheme }, Message));
        Assert.False(free.Verify(signature with { Algorithm = TpmAlgorithm.Ecdsa }, Message));
        Assert.False(free.Verify(signature with { Rsa = signature.Rsa[1..] }, Message));
        Assert.False(free.Verify(signature with { Hash = TpmAlgorithm.Null }, Message));
    }

    // openssl dgst -sha256 -sign key.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 (and 32)
    [Theory]
    [InlineData(PssSalt32)]
    [InlineData(PssSalt20)]
    public void Accepts_a_pss_salt_of_any_length(string hex)
    {
        using var key = Create(new PublicArea
        {
            NameAlgorithm = TpmAlgorithm.Sha256,
            Attributes = ObjectAttributes.AttestationKey,
            Rsa = new(1024, 0, Convert.FromHexString(PssModulus)),
        });
        var signature = new Signature(TpmAlgorithm.RsaPss, TpmAlgorithm.Sha256, Convert.FromHexString(hex), default, default);
        Assert.True(key.Verify(signature, Message));
        Assert.False(key.Verify(signature, "what the TPM does not say"u8));
        for (var i = 0; i < signature.Rsa.Length; i++)
        {
            var flipped = Convert.FromHexString(hex);
            flipped[i] ^= 1;
            Assert.False(key.Verify(signature with { Rsa = flipped }, Message));
            Assert.False(key.Verify(signature with { Rsa = flipped.AsMemory(0, i) }, Message));
        }
        Assert.False(key.Verify(signature with { Hash = TpmAlgorithm.Sha512 }, Message));
    }

    [Theory]
    [InlineData("nistP256", TpmEccCurve.NistP256, TpmAlgorithm.Sha256)]
    [InlineData("nistP384", TpmEccCurve.NistP384, TpmAlgorithm.Sha384)]
    [InlineData("nistP521", TpmEccCurve.NistP521, TpmAlgorithm.Sha512)]
    public void Verifies_ecdsa_however_long_its_numbers_are_written(string name, TpmEccCurve curve, TpmAlgorithm hash)
    {
        using var ecdsa = ECDsa.Create(ECCurve.CreateFromFriendlyName(name));
        using var key = Create(AreaOf(ecdsa, curve, new(TpmAlgorithm.Ecdsa, hash)));
        Signature signature;
        do signature = Sign(ecdsa, hash);
        while (signature.R.Span[0] != 0); // wait for an r with a leading zero byte

        Assert.True(key.Verify(signature, Message));
        Assert.True(key.Verify(signature with { R = signature.R.TrimStart((byte)0) }, Message));
        Assert.True(key.Verify(signature with { S = (byte[])[0, 0, .. signature.S.Span] }, Message));
        Assert.False(key.Verify(signature with { R = (byte[])[1, .. signature.R.Span] }, Message));
        Assert.False(key.Verify(signature with { R = default, S = default }, Message));
        Assert.False(key.Verify(signature with { Algorithm = TpmAlgorithm.RsaSsa }, Message));
    }

    [Fact]
    public void Refuses_a_key_that_does_not_sign()
    {
        using var rsa = RSA.Create(2048);
        var area = AreaOf(rsa, KeyScheme.Null) with { Attributes = ObjectAttributes.Decrypt | ObjectAttributes.Restricted };
        Assert.False(AttestationKey.TryCreate(area, out _));
    }

    private static Signature Sign(ECDsa key, TpmAlgorithm hash)
    {
        var signed = key.SignData(Message, hash.ToHashAlgorithmName());
        return new(TpmAlgorithm.Ecdsa, hash, default, signed.AsMemory(0, signed.Length / 2), signed.AsMemory(signed.Length / 2));
    }

    private static PublicArea AreaOf(RSA key, KeyScheme scheme) => new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = ObjectAttributes.AttestationKey,
        Scheme = scheme,
        Rsa = RsaPublic.FromParameters(key.ExportParameters(false)),
    };

    private static PublicArea AreaOf(ECDsa key, TpmEccCurve curve, KeyScheme scheme) => new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = ObjectAttributes.AttestationKey,
        Scheme = scheme,
        Ecc = EccPublic.FromParameters(curve, key.ExportParameters(false)),
    };

    private static AttestationKey Create(PublicArea area)
    {
        Assert.True(AttestationKey.TryCreate(area, out var key));
        return key;
    }
}
