using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Agent.Identity;

/// <summary>The certificate that the agent serves under. Peers know it from the registrar and trust it alone, so it signs itself.</summary>
internal static class ServerCertificate
{
    /// <summary>The certificate of a file with its key; made and kept there when the file does not exist.</summary>
    public static X509Certificate2 LoadOrCreate(string path, AsymmetricAlgorithm key, AgentId agent, string contactAddress, DateTimeOffset now)
    {
        if (!File.Exists(path))
        {
            using var created = SelfSignedCertificate.Create(key, agent.Value, contactAddress, now);
            CertificateFiles.WritePublic(path, created.ExportCertificatePem() + "\n");
        }
        try { return WithKey(CertificateFiles.ReadCertificates(path)[0], key); }
        catch (ArgumentException e) { throw new ConfigurationException($"{path}: not the certificate of the agent's key", e); }
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, AsymmetricAlgorithm key) => key switch
    {
        RSA rsa => certificate.CopyWithPrivateKey(rsa),
        ECDsa ec => certificate.CopyWithPrivateKey(ec),
        _ => throw new ArgumentException("An RSA or EC key is needed.", nameof(key)),
    };
}
