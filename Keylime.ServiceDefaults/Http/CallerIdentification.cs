using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Finds the caller in the TLS session, or in what the gateway hands on about its own.</summary>
internal sealed class CallerIdentification(CertificateTrust? clients)
{
    /// <summary>RFC 9440: the client's certificate, as the proxy that ended its TLS session saw it.</summary>
    public const string ClientCertHeader = "Client-Cert";

    // A certificate of ours has 1 to 2 KiB.
    private const int MaxHeaderLength = 16 * 1024;

    public Caller Identify(HttpContext context)
    {
        // The handshake has verified the peer's chain; a certificate that fails there never gets here.
        if (clients is null || context.Connection.ClientCertificate is not { } peer) return Caller.Anonymous;
        if (!GatewayIdentity.IsGateway(peer)) return FromCertificate(peer);
        // The gateway by itself is nobody: it speaks for whoever connected to it, or for the anonymous.
        using var forwarded = ReadForwarded(context.Request.Headers);
        return forwarded is not null && !GatewayIdentity.IsGateway(forwarded) && clients.IsTrustedClient(forwarded) ? FromCertificate(forwarded) : Caller.Anonymous;
    }

    /// <summary>Whether the gateway asks on its own behalf, or for somebody who showed it no certificate: a route for it alone must be one that it does not forward to.</summary>
    public bool IsGatewayItself(HttpContext context) =>
        clients is not null && context.Connection.ClientCertificate is { } peer && GatewayIdentity.IsGateway(peer) && !context.Request.Headers.ContainsKey(ClientCertHeader);

    private static Caller FromCertificate(X509Certificate2 certificate) =>
        CommonName(certificate.SubjectName) is { Length: > 0 } name ? new Caller.Admin(name) : Caller.Anonymous;

    // Not GetNameInfo(SimpleName): that falls back to other parts of the name when there is no common name.
    private static string? CommonName(X500DistinguishedName subject)
    {
        string? name = null;
        try
        {
            foreach (var part in subject.EnumerateRelativeDistinguishedNames())
                if (!part.HasMultipleElements && part.GetSingleElementType().Value == "2.5.4.3") name = part.GetSingleElementValue();
        }
        catch (CryptographicException)
        {
            return null;
        }
        return name;
    }

    private static X509Certificate2? ReadForwarded(IHeaderDictionary headers)
    {
        // RFC 8941, section 3.3.5: a byte sequence is base64 between colons.
        if (headers[ClientCertHeader] is not [{ Length: > 2 and <= MaxHeaderLength } header] || header is not [':', .. var text, ':']) return null;
        var der = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, der, out var length)) return null;
        try
        {
            return X509CertificateLoader.LoadCertificate(der.AsSpan(0, length));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
