using System.Security.Cryptography;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>Private keys in PEM: PKCS#8, encrypted PKCS#8, and OpenSSL's older forms, RSA or elliptic.</summary>
public static class PrivateKeys
{
    public static AsymmetricAlgorithm Read(string path, string password)
    {
        var pem = CertificateFiles.ReadSecret(path);
        try
        {
            return Parse(pem, password, RSA.Create()) ?? Parse(pem, password, ECDsa.Create())
                ?? throw new ConfigurationException($"{path}: holds no RSA or elliptic private key{(password.Length > 0 ? ", or the password is wrong" : "")}");
        }
        catch (MissingPasswordException)
        {
            throw new ConfigurationException($"{path}: the private key is encrypted and no password is set");
        }
    }

    private static AsymmetricAlgorithm? Parse(string pem, string password, AsymmetricAlgorithm key)
    {
        if (password.Length == 0 && pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            key.Dispose();
            throw new MissingPasswordException();
        }
        try
        {
            if (pem.Contains("BEGIN ENCRYPTED PRIVATE KEY", StringComparison.Ordinal)) key.ImportFromEncryptedPem(pem, password);
            else key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose(); // not of this algorithm
            return null;
        }
    }

    private sealed class MissingPasswordException : Exception;
}
