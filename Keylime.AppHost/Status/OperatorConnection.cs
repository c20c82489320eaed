using System.Security.Cryptography.X509Certificates;

namespace Keylime.AppHost.Status;

/// <summary>Mutual TLS with the cluster's own client certificate, believing the cluster's own authority only.</summary>
internal static class OperatorConnection
{
    public static HttpMessageInvoker Open(string tlsDirectory)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(tlsDirectory, "cacert.crt"));
        var client = X509Certificate2.CreateFromPemFile(Path.Combine(tlsDirectory, "client-cert.crt"), Path.Combine(tlsDirectory, "client-private.pem"));
        return new(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new()
            {
                ClientCertificates = [client],
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        });
    }
}
