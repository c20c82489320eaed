using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>The certificate that an agent serves under. Peers know it from the registrar and trust it alone, so it signs itself.</summary>
public static class SelfSignedCertificate
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(365);

    /// <summary>With its key. Only the names are extended: a key usage without certificate signing would keep OpenSSL from taking the certificate as its own root.</summary>
    public static X509Certificate2 Create(AsymmetricAlgorithm key, string commonName, string contactAddress, DateTimeOffset now)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        var request = key switch
        {
            RSA rsa => new CertificateRequest(subject.Build(), rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            ECDsa ec => new CertificateRequest(subject.Build(), ec, HashAlgorithmName.SHA256),
            _ => throw new ArgumentException("An RSA or EC key is needed.", nameof(key)),
        };
        request.CertificateExtensions.Add(AlternativeNames(contactAddress));
        // From a minute ago: the peer's clock may be behind ours.
        return request.CreateSelfSigned(now.AddMinutes(-1), now + s_lifetime);
    }

    private static X509Extension AlternativeNames(string contactAddress)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName("localhost.domain");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        if (!IPAddress.TryParse(contactAddress, out var address)) names.AddDnsName(contactAddress);
        else if (!address.Equals(IPAddress.Loopback) && !address.Equals(IPAddress.IPv6Loopback)) names.AddIpAddress(address);
        return names.Build();
    }
}
