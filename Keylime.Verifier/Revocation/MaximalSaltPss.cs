using System.Numerics;
using System.Security.Cryptography;

namespace Keylime.Verifier.Revocation;

/// <summary>RSASSA-PSS with SHA-256 and the longest salt that fits, as Keylime signs revocation messages. .NET salts with the digest's length only, which
/// verifiers that expect the maximum refuse.</summary>
/// <remarks>RFC 8017, sections 8.1.1 and 9.1.1. The private operation is blinded, because big integers do not compute in constant time, and checked with
/// the public key, because a faulty result of the CRT would give the key away.</remarks>
internal static class MaximalSaltPss
{
    private const int DigestBytes = SHA256.HashSizeInBytes;

    public static byte[] Sign(RSA key, ReadOnlySpan<byte> message)
    {
        var parameters = key.ExportParameters(includePrivateParameters: true);
        var modulusBits = (int)ToNumber(parameters.Modulus).GetBitLength();
        var encodedBytes = (modulusBits - 1 + 7) / 8;
        var salt = RandomNumberGenerator.GetBytes(encodedBytes - DigestBytes - 2);
        var encoded = Encode(message, salt, encodedBytes, unusedBits: 8 * encodedBytes - (modulusBits - 1));
        var signature = Apply(parameters, ToNumber(encoded)).ToByteArray(isUnsigned: true, isBigEndian: true);
        var padded = new byte[(modulusBits + 7) / 8];
        signature.CopyTo(padded, padded.Length - signature.Length);
        return padded;
    }

    private static byte[] Encode(ReadOnlySpan<byte> message, byte[] salt, int encodedBytes, int unusedBits)
    {
        var digest = SHA256.HashData([.. new byte[8], .. SHA256.HashData(message), .. salt]);
        var encoded = new byte[encodedBytes];
        var data = encoded.AsSpan(0, encodedBytes - DigestBytes - 1);
        // The salt leaves no room for padding in front of the 0x01.
        data[0] = 0x01;
        salt.CopyTo(data[1..]);
        Mask(data, digest);
        data[0] &= (byte)(0xFF >> unusedBits);
        digest.CopyTo(encoded.AsSpan(data.Length));
        encoded[^1] = 0xBC;
        return encoded;
    }

    // MGF1 with SHA-256.
    private static void Mask(Span<byte> data, byte[] seed)
    {
        for (var (offset, counter) = (0, 0); offset < data.Length; offset += DigestBytes, counter++)
        {
            var block = SHA256.HashData([.. seed, (byte)(counter >> 24), (byte)(counter >> 16), (byte)(counter >> 8), (byte)counter]);
            for (var i = 0; i < DigestBytes && offset + i < data.Length; i++) data[offset + i] ^= block[i];
        }
    }

    private static BigInteger Apply(RSAParameters key, BigInteger encoded)
    {
        var (n, e) = (ToNumber(key.Modulus), ToNumber(key.Exponent));
        var blind = ToNumber(RandomNumberGenerator.GetBytes(key.Modulus!.Length - 1));
        var blinded = encoded * BigInteger.ModPow(blind, e, n) % n;
        var (p, q) = (ToNumber(key.P), ToNumber(key.Q));
        var (mp, mq) = (BigInteger.ModPow(blinded, ToNumber(key.DP), p), BigInteger.ModPow(blinded, ToNumber(key.DQ), q));
        var h = ToNumber(key.InverseQ) * (mp - mq) % p;
        if (h.Sign < 0) h += p;
        // 1/blind mod n, by Euler: blind^(phi-1) with phi = (p-1)(q-1).
        var unblind = BigInteger.ModPow(blind, (p - 1) * (q - 1) - 1, n);
        var signature = (mq + h * q) * unblind % n;
        return BigInteger.ModPow(signature, e, n) == encoded ? signature : throw new CryptographicException("The RSA private key is inconsistent.");
    }

    private static BigInteger ToNumber(ReadOnlySpan<byte> bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);
}
