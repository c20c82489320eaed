using System.Security.Cryptography.X509Certificates;

namespace Keylime.Cluster.Tests;

/// <summary>TLS to the cluster as different people.</summary>
internal static class Connections
{
    /// <summary>Believes the cluster's authority, and shows the certificate <c>STEM-cert.crt</c> of its folder; none when the stem is null.</summary>
    public static HttpMessageInvoker Open(string tlsDirectory, string? stem)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new()
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Path.Combine(tlsDirectory, "cacert.crt")) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        if (stem is not null)
            handler.SslOptions.ClientCertificates =
                [X509Certificate2.CreateFromPemFile(Path.Combine(tlsDirectory, $"{stem}-cert.crt"), Path.Combine(tlsDirectory, $"{stem}-private.pem"))];
        return new(handler);
    }
}
