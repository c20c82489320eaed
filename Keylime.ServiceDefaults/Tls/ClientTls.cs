using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>What a TLS client needs: who we are (null: nobody) and whose servers we believe.</summary>
public sealed record ClientTls(TlsIdentity? Identity, CertificateTrust Servers)
{
    /// <summary>Reads the component's TLS options, and creates the certificates where <c>tls_dir</c> says <c>generate</c>.</summary>
    /// <param name="settings">The component's settings.</param>
    /// <param name="name">Stem of the default files, <c>client</c> or <c>gateway</c>.</param>
    public static ClientTls Load(KeylimeSettings settings, string name = "client")
    {
        var directory = TlsDirectory.Open(settings, TimeProvider.System);
        var identity = TlsIdentity.Read(directory.FileOf("client_cert", $"{name}-cert.crt"), directory.FileOf("client_key", $"{name}-private.pem"),
            settings.GetText("client_key_password", ""));
        return new(identity, directory.TrustOf("trusted_server_ca"));
    }

    /// <summary>A handler that believes servers under the roots only. Host names are not compared, as in Keylime: addresses of a fleet
    /// are not in its certificates. A client's certificate of the same authority does not make a server, by its extended key usage.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        SslOptions = ToOptions(),
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // A long-lived pool must follow changed names and spread over restarted servers.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    };

    public SslClientAuthenticationOptions ToOptions() => new()
    {
        ClientCertificateContext = Identity?.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateChainPolicy = Servers.ServerPolicy(),
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is not null && (Servers.IsUnverified || (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None),
    };
}
