using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.Client;

/// <summary>The one certificate that a peer must show: the SHA-256 of its DER. Stronger than a chain, and all that a self-signed certificate can offer.</summary>
public sealed record CertificatePin
{
    private readonly string _hex;

    private CertificatePin(string hex) => _hex = hex;

    /// <summary>Reads the certificate that an agent registered.</summary>
    public static bool TryParse(string? pem, [NotNullWhen(true)] out CertificatePin? pin)
    {
        pin = null;
        if (string.IsNullOrWhiteSpace(pem)) return false;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            pin = Of(certificate);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    public static CertificatePin Of(X509Certificate certificate) => new(certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant());

    /// <summary>The pin as a host name. Connections are pooled by host name, so that one made under a pin serves requests of that pin only.</summary>
    internal string HostName => $"{_hex[..32]}.{_hex[32..]}.pin";

    /// <summary>Judges the certificate of a connection by the host name that it was opened for.</summary>
    internal static bool IsPinned(SslStream connection, X509Certificate? certificate) =>
        certificate is not null && connection.TargetHostName == Of(certificate).HostName;
}
