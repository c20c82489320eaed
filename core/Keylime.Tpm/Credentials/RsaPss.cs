using System.Numerics;
using System.Security.Cryptography;

namespace Keylime.Tpm.Credentials;

/// <summary>RSASSA-PSS-VERIFY with one hash for message and mask, for a salt of any length.</summary>
/// <remarks>RFC 8017, sections 8.1.2 and 9.1.2. TPMs and Keylime may sign with the longest salt that fits (TPM 2.0 Part 1, B.7); .NET verifies only salts as long as the
/// hash. All inputs are public, so nothing here needs to run in constant time.</remarks>
public static class RsaPss
{
    private const byte Trailer = 0xBC;

    /// <summary>Whether the key signed the message.</summary>
    /// <param name="key">The public key.</param>
    /// <param name="hash">Hash of message and mask.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">The signature, as long as the modulus.</param>
    public static bool Verify(RSAParameters key, TpmAlgorithm hash, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var modulus = new BigInteger(key.Modulus, isUnsigned: true, isBigEndian: true);
        var number = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        if (signature.Length != key.Modulus!.Length || number >= modulus) return false;
        var encodedBits = (int)modulus.GetBitLength() - 1;
        var encoded = new byte[(encodedBits + 7) / 8];
        var opened = BigInteger.ModPow(number, new(key.Exponent, isUnsigned: true, isBigEndian: true), modulus).ToByteArray(isUnsigned: true, isBigEndian: true);
        if (opened.Length > encoded.Length) return false;
        opened.CopyTo(encoded, encoded.Length - opened.Length);
        return VerifyEncoding(hash, message, encoded, unusedBits: 8 * encoded.Length - encodedBits);
    }

    /// <summary>EMSA-PSS-VERIFY.</summary>
    private static bool VerifyEncoding(TpmAlgorithm hash, ReadOnlySpan<byte> message, Span<byte> encoded, int unusedBits)
    {
        var hashBytes = hash.DigestBytes();
        if (encoded.Length < hashBytes + 2 || encoded[^1] != Trailer || encoded[0] >> (8 - unusedBits) != 0) return false;
        var masked = encoded[..^(hashBytes + 1)];
        var digest = encoded[^(hashBytes + 1)..^1];
        Unmask(hash, masked, digest);
        masked[0] &= (byte)(0xFF >> unusedBits);
        // Zeros, a one, the salt.
        var one = masked.IndexOfAnyExcept((byte)0);
        if (one < 0 || masked[one] != 1) return false;
        return digest.SequenceEqual(hash.HashData([.. new byte[8], .. hash.HashData(message), .. masked[(one + 1)..]]));
    }

    /// <summary>MGF1 over the digest, added to what it masks.</summary>
    private static void Unmask(TpmAlgorithm hash, Span<byte> masked, ReadOnlySpan<byte> digest)
    {
        var hashBytes = hash.DigestBytes();
        for (var offset = 0; offset < masked.Length; offset += hashBytes)
        {
            var counter = offset / hashBytes;
            var mask = hash.HashData([.. digest, (byte)(counter >> 24), (byte)(counter >> 16), (byte)(counter >> 8), (byte)counter]);
            for (var i = 0; i < Math.Min(hashBytes, masked.Length - offset); i++) masked[offset + i] ^= mask[i];
        }
    }
}
