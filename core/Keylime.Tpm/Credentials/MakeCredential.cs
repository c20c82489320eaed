using System.Security.Cryptography;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>TPM2_MakeCredential in software: encrypts a secret so that it can be had only from the TPM that holds both the endorsement
/// key and an attestation key with the given name.</summary>
/// <remarks>TPM 2.0 Part 1, Credential Protection (24) and Secret Sharing (annexes B.10.4, C.6.4). Random values are parameters; each
/// must be fresh for each credential, and is as secret as the secret itself.</remarks>
public static class MakeCredential
{
    /// <summary>Length of a secret that is as long as a SHA-256 digest, in bytes.</summary>
    public const int UsualSecretBytes = 32;

    /// <summary>True for an endorsement key that credentials can be made for: a decryption key with AES-CFB, RSA or on a curve that
    /// every platform has, whose name algorithm has room for the secret.</summary>
    public static bool Supports(PublicArea ek, int secretBytes = UsualSecretBytes) =>
        ek.Attributes.HasFlag(ObjectAttributes.Decrypt)
        && ek.Symmetric is { Algorithm: TpmAlgorithm.Aes, Mode: TpmAlgorithm.Cfb, KeyBits: 128 or 192 or 256 }
        && secretBytes <= ek.NameAlgorithm.DigestBytes()
        && (ek.Rsa is { } rsa
            ? RsaOaep.MaxMessageBytes(rsa.KeyBits, ek.NameAlgorithm) >= ek.NameAlgorithm.DigestBytes()
            : ek.Ecc?.Curve is TpmEccCurve.NistP256 or TpmEccCurve.NistP384 or TpmEccCurve.NistP521);

    /// <summary>For an RSA endorsement key.</summary>
    /// <param name="ek">The endorsement key, one that is supported.</param>
    /// <param name="akName">Name of the attestation key.</param>
    /// <param name="secret">The secret; at most as long as the digest of the endorsement key's name algorithm.</param>
    /// <param name="seed">As many random bytes as that digest has.</param>
    /// <param name="oaepSeed">As many random bytes again, for the padding.</param>
    /// <exception cref="ArgumentException">A parameter does not fit the key.</exception>
    public static CredentialBlob ForRsa(
        PublicArea ek, ReadOnlySpan<byte> akName, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> seed, ReadOnlySpan<byte> oaepSeed)
    {
        Require(ek.Rsa is not null && Supports(ek, secret.Length), "No RSA endorsement key for such a secret.", nameof(ek));
        Require(seed.Length == ek.NameAlgorithm.DigestBytes(), "The seed is as long as the digest.", nameof(seed));
        var encrypted = RsaOaep.Encrypt(ek.Rsa!.ToParameters(), ek.NameAlgorithm, CredentialProtection.OaepLabel, seed, oaepSeed);
        return CredentialProtection.Protect(ek, akName, secret, seed, encrypted);
    }

    /// <summary>For an elliptic-curve endorsement key.</summary>
    /// <param name="ek">The endorsement key, one that is supported.</param>
    /// <param name="akName">Name of the attestation key.</param>
    /// <param name="secret">The secret; at most as long as the digest of the endorsement key's name algorithm.</param>
    /// <param name="ephemeral">A key pair on the endorsement key's curve, made for this credential; the caller disposes of it.</param>
    /// <exception cref="ArgumentException">A parameter does not fit the key.</exception>
    public static CredentialBlob ForEcc(
        PublicArea ek, ReadOnlySpan<byte> akName, ReadOnlySpan<byte> secret, ECDiffieHellman ephemeral)
    {
        Require(ek.Ecc is not null && Supports(ek, secret.Length), "No elliptic-curve endorsement key for such a secret.", nameof(ek));
        var (ekKey, ephemeralPoint) = (ek.Ecc!.ToParameters(), ephemeral.ExportParameters(includePrivateParameters: false).Q);
        Require(ephemeralPoint.X!.Length == ekKey.Q.X!.Length, "The ephemeral key is on another curve.", nameof(ephemeral));

        using var ekPublic = ECDiffieHellman.Create(ekKey);
        var z = ephemeral.DeriveRawSecretAgreement(ekPublic.PublicKey);
        var seed = DeriveSeed(ek.NameAlgorithm, z, ephemeralPoint.X, ekKey.Q.X);

        var writer = new TpmWriter(stackalloc byte[4 + 2 * EccPublic.MaxCoordinateBytes]);
        writer.WriteSized(ephemeralPoint.X);
        writer.WriteSized(ephemeralPoint.Y);
        return CredentialProtection.Protect(ek, akName, secret, seed, writer.Written.ToArray());
    }

    internal static byte[] DeriveSeed(TpmAlgorithm hash, byte[] z, byte[] ephemeralX, byte[] ekX) =>
        KeyDerivation.KdfE(hash, z, CredentialProtection.Label, ephemeralX, ekX, hash.DigestBytes() * 8);

    private static void Require(bool condition, string message, string parameter)
    {
        if (!condition) throw new ArgumentException(message, parameter);
    }
}
