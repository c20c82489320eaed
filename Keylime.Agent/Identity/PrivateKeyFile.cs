using System.Security.Cryptography;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Agent.Identity;

/// <summary>The agent's private keys: made once, kept as PKCS#8 PEM, encrypted when there is a password.</summary>
internal static class PrivateKeyFile
{
    private const int PayloadKeyBits = 2048;

    /// <summary>The cipher is the Rust agent's; every reader takes any number of iterations.</summary>
    private static readonly PbeParameters s_encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 100_000);

    /// <summary>The payload key. Peers encrypt to it by RSA, so it can be nothing else.</summary>
    public static RSA LoadOrCreatePayloadKey(string path, string password) =>
        LoadOrCreate(path, password, () => RSA.Create(PayloadKeyBits)) is RSA { KeySize: PayloadKeyBits } rsa
            ? rsa
            : throw new ConfigurationException($"{path}: an RSA key of {PayloadKeyBits} bits is needed here");

    /// <summary>The TLS key: P-256 when we make it. Older agents used an RSA key, which stays good.</summary>
    public static AsymmetricAlgorithm LoadOrCreateServerKey(string path, string password) =>
        LoadOrCreate(path, password, () => ECDsa.Create(ECCurve.NamedCurves.nistP256));

    private static AsymmetricAlgorithm LoadOrCreate(string path, string password, Func<AsymmetricAlgorithm> create)
    {
        if (File.Exists(path)) return PrivateKeys.Read(path, password);
        var key = create();
        var pem = password.Length > 0 ? key.ExportEncryptedPkcs8PrivateKeyPem(password, s_encryption) : key.ExportPkcs8PrivateKeyPem();
        CertificateFiles.WriteSecret(path, pem + "\n");
        return key;
    }
}
