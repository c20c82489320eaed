using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Keylime.Protocol;

namespace Keylime.Client;

/// <summary>Kept-alive connections to any number of agents through one handler. Each agent is known by its own certificate: the pin travels as the
/// request's host name, by which the handler keeps its pools apart and the callback judges.</summary>
/// <remarks>A handler per agent would cost ten thousand pools, timers and telemetry listeners. TLS server names that the agents see this way are
/// digests of their own certificates; they ignore them.</remarks>
public sealed class AgentConnections : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly SemaphoreSlim _largeAnswers = new(AnswerLimits.LargeAtOnce);

    /// <param name="client">Our certificate for the agents; null only where they speak plain HTTP.</param>
    /// <param name="keepAlive">How long an idle connection is kept: longer than the pause between two requests to one agent.</param>
    public AgentConnections(SslStreamCertificateContext? client, TimeSpan keepAlive) => _http = new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificateContext = client,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            // The pin alone decides. The platform builds a chain all the same, before it asks us, and must not fetch what the peer's certificate names.
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
            RemoteCertificateValidationCallback = (connection, certificate, _, _) => CertificatePin.IsPinned((SslStream)connection, certificate),
        },
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        MaxConnectionsPerServer = 2,
        PooledConnectionIdleTimeout = keepAlive,
        PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
    });

    /// <summary>The agent at an address. Without a pin the connection is plain HTTP: the agent registered that its TLS is disabled.</summary>
    public AgentClient Agent(string host, int port, CertificatePin? pin, TimeSpan timeout)
    {
        var address = new UriBuilder(pin is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps, host, port).Uri;
        return new(new KeylimeEndpoint(_http, new AddressList(address), timeout, AnswerLimits.Small, pin?.HostName));
    }

    /// <summary>A place for one answer, shared out between all agents; see <see cref="AgentClient.GetIntegrityQuoteAsync(ApiVersion, IntegrityQuoteRequest, AnswerPlace, CancellationToken)"/>.</summary>
    public AnswerPlace ReserveAnswer() => new(_largeAnswers);

    public void Dispose()
    {
        _http.Dispose();
        _largeAnswers.Dispose();
    }
}
