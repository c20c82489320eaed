using System.Diagnostics;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Tests.Revocation;

public sealed class MaximalSaltPssTests
{
    private static readonly byte[] Message = Encoding.UTF8.GetBytes("""{"type":"revocation"}""");

    [Theory]
    [InlineData(2048)]
    [InlineData(3072)]
    public void A_signature_decodes_by_the_standard_with_the_longest_salt(int bits)
    {
        using var key = RSA.Create(bits);
        var signature = MaximalSaltPss.Sign(key, Message);
        Assert.Equal(bits / 8, signature.Length);
        Assert.True(Verify(key.ExportParameters(false), Message, signature));
        Assert.False(Verify(key.ExportParameters(false), [.. Message, 0], signature));
        Assert.NotEqual(signature, MaximalSaltPss.Sign(key, Message)); // the salt is new
    }

    [Fact]
    public void A_key_whose_parts_disagree_signs_nothing()
    {
        using var key = RSA.Create(2048);
        var parameters = key.ExportParameters(true);
        parameters.DP![^1] ^= 2;
        using var broken = new BrokenRsa(parameters);
        Assert.Throws<CryptographicException>(() => MaximalSaltPss.Sign(broken, Message));
    }

    // RFC 8017, section 9.1.2, written from the verifier's side.
    private static bool Verify(RSAParameters key, byte[] message, byte[] signature)
    {
        static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
        var encoded = BigInteger.ModPow(Number(signature), Number(key.Exponent!), Number(key.Modulus!)).ToByteArray(isUnsigned: true, isBigEndian: true);
        encoded = [.. new byte[key.Modulus!.Length - encoded.Length], .. encoded];
        if (encoded[^1] != 0xBC) return false;
        var digest = encoded[^33..^1];
        var data = encoded[..^33];
        for (var i = 0; i * 32 < data.Length; i++)
        {
            var mask = SHA256.HashData([.. digest, 0, 0, 0, (byte)i]);
            for (var j = 0; j < 32 && i * 32 + j < data.Length; j++) data[i * 32 + j] ^= mask[j];
        }
        data[0] &= 0x7F; // an even number of bits: one bit of the first byte is unused
        if (data[0] != 0x01) return false; // no padding: the salt fills everything
        return digest.AsSpan().SequenceEqual(SHA256.HashData([.. new byte[8], .. SHA256.HashData(message), .. data[1..]]));
    }

    private sealed class BrokenRsa(RSAParameters parameters) : RSA
    {
        public override RSAParameters ExportParameters(bool includePrivateParameters) => parameters;
        public override void ImportParameters(RSAParameters parameters) => throw new UnreachableException();
    }
}
