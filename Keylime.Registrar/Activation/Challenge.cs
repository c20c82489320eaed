using System.Security.Cryptography;
using System.Text;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Registrar.Activation;

/// <summary>A secret that only the TPM with both keys can read, and the key of the tag that proves that it was read.</summary>
internal sealed record Challenge(string ActivationKey, byte[] Blob)
{
    /// <summary>Length of the secret. An endorsement key with a shorter name hash cannot carry it.</summary>
    public const int SecretBytes = 32;

    // Keylime's secrets are text, and agents may rely on it.
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static Challenge Create(PublicArea ek, byte[] akName)
    {
        var secret = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetString(Alphabet, SecretBytes));
        return new(AuthTag.KeyFromSecret(secret), Protect(ek, akName, secret).ToBytes());
    }

    private static CredentialBlob Protect(PublicArea ek, byte[] akName, byte[] secret)
    {
        if (ek.Ecc is { } ecc)
        {
            using var ephemeral = ECDiffieHellman.Create(ecc.ToParameters().Curve);
            return MakeCredential.ForEcc(ek, akName, secret, ephemeral);
        }
        var length = ek.NameAlgorithm.DigestBytes();
        return MakeCredential.ForRsa(ek, akName, secret, RandomNumberGenerator.GetBytes(length), RandomNumberGenerator.GetBytes(length));
    }
}
