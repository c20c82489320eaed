using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>A certificate with its private key and the intermediates that go along.</summary>
public sealed class TlsIdentity
{
    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection intermediates)
    {
        Certificate = certificate;
        // Offline: only what the file holds is sent, nothing is looked up.
        Context = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
    }

    public X509Certificate2 Certificate { get; }

    public SslStreamCertificateContext Context { get; }

    public static TlsIdentity Read(string certificatePath, string keyPath, string password)
    {
        var chain = CertificateFiles.ReadCertificates(certificatePath);
        using var key = PrivateKeys.Read(keyPath, password);
        try
        {
            var certificate = key switch
            {
                RSA rsa => chain[0].CopyWithPrivateKey(rsa),
                ECDsa ec => chain[0].CopyWithPrivateKey(ec),
                _ => throw new ArgumentException("neither RSA nor ECDSA"),
            };
            return new(certificate, [.. chain.Skip(1)]);
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException($"{keyPath}: not the private key of the certificate {certificatePath}", e);
        }
    }

    /// <summary>An identity that lives in memory or was made by the caller.</summary>
    public static TlsIdentity From(X509Certificate2 certificateWithKey) => new(certificateWithKey, []);
}
