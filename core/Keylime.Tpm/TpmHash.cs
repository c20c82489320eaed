using System.Security.Cryptography;

namespace Keylime.Tpm;

/// <summary>The hash algorithms among <see cref="TpmAlgorithm"/>: sizes, names and computation.</summary>
public static class TpmHash
{
    /// <summary>Longest digest of any bank we accept (SHA-512), in bytes.</summary>
    public const int MaxDigestBytes = 64;

    /// <summary>True for the hash algorithms that can be computed here: SHA-1, SHA-256, SHA-384, SHA-512.</summary>
    public static bool IsHash(this TpmAlgorithm hash) => DigestBytes(hash) != 0;

    /// <summary>Digest size in bytes; 0 for what is no hash.</summary>
    public static int DigestBytes(this TpmAlgorithm hash) => hash switch
    {
        TpmAlgorithm.Sha1 => 20,
        TpmAlgorithm.Sha256 => 32,
        TpmAlgorithm.Sha384 => 48,
        TpmAlgorithm.Sha512 => 64,
        _ => 0,
    };

    /// <summary>The name in tools and configuration: <c>sha256</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm is no hash.</exception>
    public static string ToHashName(this TpmAlgorithm hash) => hash switch
    {
        TpmAlgorithm.Sha1 => "sha1",
        TpmAlgorithm.Sha256 => "sha256",
        TpmAlgorithm.Sha384 => "sha384",
        TpmAlgorithm.Sha512 => "sha512",
        _ => throw NoHash(hash),
    };

    /// <summary>Reads the name that <see cref="ToHashName"/> gives.</summary>
    public static bool TryParseHashName(string? name, out TpmAlgorithm hash)
    {
        hash = name switch
        {
            "sha1" => TpmAlgorithm.Sha1,
            "sha256" => TpmAlgorithm.Sha256,
            "sha384" => TpmAlgorithm.Sha384,
            "sha512" => TpmAlgorithm.Sha512,
            _ => TpmAlgorithm.None,
        };
        return hash != TpmAlgorithm.None;
    }

    /// <summary>The same algorithm in .NET's cryptography.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm is no hash.</exception>
    public static HashAlgorithmName ToHashAlgorithmName(this TpmAlgorithm hash) => hash switch
    {
        TpmAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        TpmAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        TpmAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        TpmAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => throw NoHash(hash),
    };

    /// <summary>The digest of <paramref name="data"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm is no hash.</exception>
    public static byte[] HashData(this TpmAlgorithm hash, ReadOnlySpan<byte> data) =>
        CryptographicOperations.HashData(hash.ToHashAlgorithmName(), data);

    /// <summary>Extends a PCR of the bank: <paramref name="value"/> becomes H(value || digest).</summary>
    /// <remarks>TPM 2.0 Part 1, Extend of a PCR (17.2.3).</remarks>
    /// <exception cref="ArgumentException">The value or the digest does not have the length of the bank's digest.</exception>
    public static void Extend(this TpmAlgorithm bank, Span<byte> value, ReadOnlySpan<byte> digest)
    {
        var length = bank.DigestBytes();
        if (length == 0) throw NoHash(bank);
        if (value.Length != length || digest.Length != length)
            throw new ArgumentException($"A {bank.ToHashName()} PCR and what extends it have {length} bytes.", nameof(digest));
        Span<byte> joined = stackalloc byte[2 * MaxDigestBytes];
        value.CopyTo(joined);
        digest.CopyTo(joined[length..]);
        CryptographicOperations.HashData(bank.ToHashAlgorithmName(), joined[..(2 * length)], value);
    }

    private static ArgumentOutOfRangeException NoHash(TpmAlgorithm hash) => new(nameof(hash), hash, "Not a hash algorithm.");
}
