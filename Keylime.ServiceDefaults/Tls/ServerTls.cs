using System.Net.Security;
using System.Security.Authentication;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>What a TLS listener needs: who we are, whose clients we believe, and whether a client must have a certificate.</summary>
public sealed record ServerTls(TlsIdentity Identity, CertificateTrust Clients, ClientCertificates ClientCertificates)
{
    /// <summary>Reads the component's TLS options, and creates the certificates where <c>tls_dir</c> says <c>generate</c>.</summary>
    /// <param name="settings">The component's settings.</param>
    /// <param name="name">Stem of the default files, <c>server</c> or <c>gateway</c>.</param>
    public static ServerTls Load(KeylimeSettings settings, string name = "server")
    {
        var directory = TlsDirectory.Open(settings, TimeProvider.System);
        var identity = TlsIdentity.Read(directory.FileOf("server_cert", $"{name}-cert.crt"), directory.FileOf("server_key", $"{name}-private.pem"),
            settings.GetText("server_key_password", ""));
        return new(identity, directory.TrustOf("trusted_client_ca"), ClientCertificates.Optional);
    }

    public SslServerAuthenticationOptions ToOptions() => new()
    {
        ServerCertificateContext = Identity.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = AsksForCertificate,
        CertificateChainPolicy = Clients.ClientPolicy(),
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None || (certificate is null && ClientCertificates == ClientCertificates.Optional),
    };

    // Without roots every certificate would be refused, and with "all" none would count: better not to ask.
    private bool AsksForCertificate => ClientCertificates == ClientCertificates.Mandatory || !Clients.IsEmpty;
}

/// <summary>Whether clients must show a certificate. One that is shown must be good in either case.</summary>
public enum ClientCertificates
{
    /// <summary>Servers: the routes decide.</summary>
    Optional,
    /// <summary>Agents: no request without one.</summary>
    Mandatory,
}
