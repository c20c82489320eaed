using System.Security.Cryptography;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>TPM2_ActivateCredential in software, for simulated TPMs whose endorsement key is an ordinary private key.</summary>
/// <remarks>TPM 2.0 Part 1, Credential Protection (24). Each method returns null when the blob was made for other keys or was
/// changed.</remarks>
public static class ActivateCredential
{
    /// <summary>With an RSA endorsement key.</summary>
    public static byte[]? WithRsa(PublicArea ek, RSA ekPrivate, ReadOnlySpan<byte> akName, CredentialBlob blob)
    {
        var key = ekPrivate.ExportParameters(includePrivateParameters: true);
        var seed = RsaOaep.Decrypt(key, ek.NameAlgorithm, CredentialProtection.OaepLabel, blob.EncryptedSecret.Span);
        return seed is null ? null : CredentialProtection.Unprotect(ek, akName, blob, seed);
    }

    /// <summary>With an elliptic-curve endorsement key.</summary>
    public static byte[]? WithEcc(PublicArea ek, ECDiffieHellman ekPrivate, ReadOnlySpan<byte> akName, CredentialBlob blob)
    {
        if (ek.Ecc is not { } ecc) return null;
        var reader = new TpmReader(blob.EncryptedSecret.Span);
        var point = EccPublic.Read(ref reader, ecc.Curve);
        if (!reader.TryFinish(out _)) return null;

        var ephemeral = point.ToParameters();
        using var other = ECDiffieHellman.Create(ephemeral);
        var z = ekPrivate.DeriveRawSecretAgreement(other.PublicKey);
        var seed = MakeCredential.DeriveSeed(ek.NameAlgorithm, z, ephemeral.Q.X!, ecc.ToParameters().Q.X!);
        return CredentialProtection.Unprotect(ek, akName, blob, seed);
    }
}
