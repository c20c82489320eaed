using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Keylime.Protocol.Payloads;

/// <summary>Encryption of a payload for an agent: IV (16 bytes), AES-GCM ciphertext, tag (16 bytes), no associated data.</summary>
/// <remarks>Keylime's IV has 16 bytes; <see cref="AesGcm"/> takes 12 only, so the mode is built here on AES. NIST SP 800-38D.</remarks>
public static class PayloadCipher
{
    /// <summary>Length of the IV.</summary>
    public const int IvBytes = 16;

    /// <summary>Length of the tag.</summary>
    public const int TagBytes = 16;

    /// <summary>Encrypts. The key has 16 or 32 bytes; the IV must be random and never used twice with a key.</summary>
    /// <returns>IV, ciphertext and tag.</returns>
    public static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> plain)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(iv.Length, IvBytes, nameof(iv));
        using var aes = CreateAes(key);
        var encrypted = new byte[IvBytes + plain.Length + TagBytes];
        iv.CopyTo(encrypted);
        var cipher = encrypted.AsSpan(IvBytes, plain.Length);
        var start = StartBlock(aes, iv);
        AddKeyStream(aes, start, plain, cipher);
        ComputeTag(aes, start, cipher, encrypted.AsSpan(IvBytes + plain.Length));
        return encrypted;
    }

    /// <summary>Decrypts what <see cref="Encrypt"/> made; false when it is too short, of another key, or changed in any bit.</summary>
    public static bool TryDecrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> encrypted, [NotNullWhen(true)] out byte[]? plain)
    {
        plain = null;
        if (encrypted.Length < IvBytes + TagBytes) return false;
        using var aes = CreateAes(key);
        var cipher = encrypted[IvBytes..^TagBytes];
        var start = StartBlock(aes, encrypted[..IvBytes]);
        Span<byte> tag = stackalloc byte[TagBytes];
        ComputeTag(aes, start, cipher, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, encrypted[^TagBytes..])) return false;
        plain = new byte[cipher.Length];
        AddKeyStream(aes, start, cipher, plain);
        return true;
    }

    private static Aes CreateAes(ReadOnlySpan<byte> key)
    {
        var aes = Aes.Create();
        aes.SetKey(key);
        return aes;
    }

    // J0 of section 7.1, step 2, for an IV of another length than 96 bits.
    private static UInt128 StartBlock(Aes aes, ReadOnlySpan<byte> iv)
    {
        var hash = new GHash(HashKey(aes));
        hash.Add(iv);
        hash.AddLengths(0, (ulong)iv.Length * 8);
        return hash.Value;
    }

    private static void ComputeTag(Aes aes, UInt128 start, ReadOnlySpan<byte> cipher, Span<byte> tag)
    {
        var hash = new GHash(HashKey(aes));
        hash.Add(cipher);
        hash.AddLengths(0, (ulong)cipher.Length * 8);
        Span<byte> mask = stackalloc byte[16];
        GHash.WriteBlock(start, mask);
        aes.EncryptEcb(mask, mask, PaddingMode.None);
        GHash.WriteBlock(hash.Value, tag);
        for (var i = 0; i < TagBytes; i++) tag[i] ^= mask[i];
    }

    private static UInt128 HashKey(Aes aes)
    {
        Span<byte> block = stackalloc byte[16];
        block.Clear();
        aes.EncryptEcb(block, block, PaddingMode.None);
        return GHash.ReadBlock(block);
    }

    // GCTR of section 6.5, from the block after the start block on. Only the last 32 bits count up.
    private static void AddKeyStream(Aes aes, UInt128 start, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Span<byte> stream = stackalloc byte[256];
        var prefix = start >> 32 << 32;
        var counter = (uint)start;
        for (var offset = 0; offset < source.Length; offset += stream.Length)
        {
            for (var i = 0; i < stream.Length; i += 16) GHash.WriteBlock(prefix | ++counter, stream.Slice(i, 16));
            aes.EncryptEcb(stream, stream, PaddingMode.None);
            var length = Math.Min(stream.Length, source.Length - offset);
            for (var i = 0; i < length; i++) destination[offset + i] = (byte)(source[offset + i] ^ stream[i]);
        }
    }
}
