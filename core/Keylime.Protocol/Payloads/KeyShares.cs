using System.Security.Cryptography;
using System.Text;

namespace Keylime.Protocol.Payloads;

/// <summary>The payload key K in two shares, so that the agent has it only after verifier and tenant both sent theirs: K = U xor V.</summary>
public static class KeyShares
{
    /// <summary>Length of a key that we make; 16 is accepted too.</summary>
    public const int KeyBytes = 32;

    /// <summary>The third out of any two: U from K and V, V from K and U, K from U and V. Both have one length.</summary>
    public static byte[] Combine(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(one.Length, other.Length, nameof(other));
        var combined = new byte[one.Length];
        for (var i = 0; i < one.Length; i++) combined[i] = (byte)(one[i] ^ other[i]);
        return combined;
    }

    /// <summary>Proof of K: lower-case hex of HMAC-SHA384(K, UTF-8 text). Over the agent's id it is <c>auth_tag</c>, over a challenge <c>hmac</c>.</summary>
    public static string Prove(ReadOnlySpan<byte> key, string text) => Convert.ToHexStringLower(HMACSHA384.HashData(key, Encoding.UTF8.GetBytes(text)));

    /// <summary>Compares a proof in constant time.</summary>
    public static bool IsProof(ReadOnlySpan<byte> key, string text, string? proof) =>
        proof is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Prove(key, text)), Encoding.UTF8.GetBytes(proof));
}
