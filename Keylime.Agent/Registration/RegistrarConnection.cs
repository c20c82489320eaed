using System.Net;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Agent.Registration;

/// <summary>The way to the registrars: plain HTTP as in Keylime, where the challenge protects itself, or TLS.</summary>
internal static class RegistrarConnection
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    // In the order of its own id: agents spread over the registrars, each with a first choice of its own.
    public static RegistrarClient Open(RegistrationOptions options, AgentId agent, TimeProvider time) =>
        new(new HttpMessageInvoker(CreateHandler(options.Servers)), new(options.Registrars, options.Zone, agent.Value, time), s_timeout);

    private static SocketsHttpHandler CreateHandler(CertificateTrust? servers) => servers is null
        ? new() { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = TimeSpan.FromSeconds(10) }
        : new ClientTls(null, servers).CreateHandler();
}
