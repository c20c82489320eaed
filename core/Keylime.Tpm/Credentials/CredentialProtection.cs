using System.Security.Cryptography;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>What both sides of a credential do once they share its seed: encrypt the secret and bind it to the attestation key's
/// name.</summary>
/// <remarks>TPM 2.0 Part 1, Credential Protection (24).</remarks>
internal static class CredentialProtection
{
    /// <summary>The label <c>IDENTITY</c>; its terminating zero is part of the OAEP label and of the KDFe input.</summary>
    public const string Label = "IDENTITY";

    public static ReadOnlySpan<byte> OaepLabel => "IDENTITY\0"u8;

    public static CredentialBlob Protect(
        PublicArea ek, ReadOnlySpan<byte> akName, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> seed, byte[] encryptedSecret)
    {
        var identity = ApplyCipher(ek, seed, akName, [(byte)(secret.Length >> 8), (byte)secret.Length, .. secret], encrypt: true);
        return new(ComputeIntegrity(ek, seed, akName, identity), identity, encryptedSecret);
    }

    /// <summary>Null when the blob was made for another key or changed on its way.</summary>
    public static byte[]? Unprotect(PublicArea ek, ReadOnlySpan<byte> akName, CredentialBlob blob, ReadOnlySpan<byte> seed)
    {
        var integrity = ComputeIntegrity(ek, seed, akName, blob.EncryptedIdentity.Span);
        if (!CryptographicOperations.FixedTimeEquals(integrity, blob.Integrity.Span)) return null;
        var reader = new TpmReader(ApplyCipher(ek, seed, akName, blob.EncryptedIdentity.Span, encrypt: false));
        var secret = reader.ReadSized(TpmHash.MaxDigestBytes).ToArray();
        return reader.TryFinish(out _) ? secret : null;
    }

    /// <summary>AES-CFB under the storage key, IV zero: each seed encrypts once.</summary>
    private static byte[] ApplyCipher(
        PublicArea ek, ReadOnlySpan<byte> seed, ReadOnlySpan<byte> akName, ReadOnlySpan<byte> input, bool encrypt)
    {
        using var aes = Aes.Create();
        aes.Key = KeyDerivation.KdfA(ek.NameAlgorithm, seed, "STORAGE", akName, [], ek.Symmetric.KeyBits);
        // .NET takes whole blocks only. CFB is a stream: what follows the input does not change what the input becomes.
        Span<byte> blocks = new byte[(input.Length + 15) / 16 * 16];
        input.CopyTo(blocks);
        ReadOnlySpan<byte> zeroIv = stackalloc byte[16];
        var output = encrypt
            ? aes.EncryptCfb(blocks, zeroIv, PaddingMode.None, 128)
            : aes.DecryptCfb(blocks, zeroIv, PaddingMode.None, 128);
        return output[..input.Length];
    }

    private static byte[] ComputeIntegrity(PublicArea ek, ReadOnlySpan<byte> seed, ReadOnlySpan<byte> akName, ReadOnlySpan<byte> identity)
    {
        var key = KeyDerivation.KdfA(ek.NameAlgorithm, seed, "INTEGRITY", [], [], ek.NameAlgorithm.DigestBytes() * 8);
        byte[] message = [.. identity, .. akName];
        return CryptographicOperations.HmacData(ek.NameAlgorithm.ToHashAlgorithmName(), key, message);
    }
}
