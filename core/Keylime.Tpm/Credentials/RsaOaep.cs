using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Keylime.Tpm.Credentials;

/// <summary>RSAES-OAEP with a label, which .NET's RSA cannot be given, and with the seed as a parameter.</summary>
/// <remarks>RFC 8017, section 7.1. TPMs use one hash for the label and for MGF1.</remarks>
internal static class RsaOaep
{
    /// <summary>Longest message for a key size; negative when the key is too small for the hash.</summary>
    public static int MaxMessageBytes(int keyBits, TpmAlgorithm hash) => keyBits / 8 - 2 * hash.DigestBytes() - 2;

    public static byte[] Encrypt(
        RSAParameters key, TpmAlgorithm hash, ReadOnlySpan<byte> label, ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed)
    {
        var size = key.Modulus!.Length;
        var digestBytes = hash.DigestBytes();
        if (seed.Length != digestBytes) throw new ArgumentException("The OAEP seed is as long as the digest.", nameof(seed));
        if (message.Length > MaxMessageBytes(size * 8, hash)) throw new ArgumentException("Too long for this key.", nameof(message));

        // EM = 00 || maskedSeed || maskedDB, where DB = H(label) || 00.. || 01 || message.
        var encoded = new byte[size];
        var maskedSeed = encoded.AsSpan(1, digestBytes);
        var block = encoded.AsSpan(1 + digestBytes);
        hash.HashData(label).CopyTo(block);
        block[^(message.Length + 1)] = 1;
        message.CopyTo(block[^message.Length..]);
        seed.CopyTo(maskedSeed);
        Mask(hash, maskedSeed, block);
        Mask(hash, block, maskedSeed);
        return Power(encoded, key.Exponent!, key.Modulus);
    }

    /// <summary>Null when the ciphertext was not made for this key and label.</summary>
    /// <remarks>Not in constant time: for simulated TPMs only, whose keys guard nothing.</remarks>
    public static byte[]? Decrypt(RSAParameters key, TpmAlgorithm hash, ReadOnlySpan<byte> label, ReadOnlySpan<byte> ciphertext)
    {
        var digestBytes = hash.DigestBytes();
        if (ciphertext.Length != key.Modulus!.Length || ciphertext.Length < 2 * digestBytes + 2) return null;
        var encoded = Power(ciphertext, key.D!, key.Modulus);
        var seed = encoded.AsSpan(1, digestBytes);
        var block = encoded.AsSpan(1 + digestBytes);
        Mask(hash, block, seed);
        Mask(hash, seed, block);
        var message = block[digestBytes..].TrimStart((byte)0);
        var good = encoded[0] == 0 && block.StartsWith(hash.HashData(label)) && message is [1, ..];
        return good ? message[1..].ToArray() : null;
    }

    /// <summary>XORs MGF1 of <paramref name="seed"/> over <paramref name="target"/>.</summary>
    private static void Mask(TpmAlgorithm hash, ReadOnlySpan<byte> seed, Span<byte> target)
    {
        byte[] input = [.. seed, 0, 0, 0, 0];
        for (var (counter, done) = (0u, 0); done < target.Length; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(seed.Length), counter);
            foreach (var mask in hash.HashData(input).AsSpan(0, Math.Min(hash.DigestBytes(), target.Length - done))) target[done++] ^= mask;
        }
    }

    private static byte[] Power(ReadOnlySpan<byte> value, byte[] exponent, byte[] modulus)
    {
        var result = BigInteger.ModPow(Number(value), Number(exponent), Number(modulus));
        var bytes = new byte[modulus.Length];
        var start = bytes.Length - result.GetByteCount(isUnsigned: true);
        result.TryWriteBytes(bytes.AsSpan(start), out _, isUnsigned: true, isBigEndian: true);
        return bytes;

        static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
    }
}
