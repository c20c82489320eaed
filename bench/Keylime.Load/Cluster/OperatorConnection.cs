using System.Security.Cryptography.X509Certificates;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Load.Cluster;

/// <summary>The verifiers as an operator sees them: through the gateway, with the cluster's client certificate.</summary>
internal sealed class OperatorConnection : IDisposable
{
    private readonly SocketsHttpHandler _handler;
    private readonly HttpMessageInvoker _http;
    private readonly VerifierClient _verifier;

    public OperatorConnection(string tlsDirectory, Uri address)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(tlsDirectory, "cacert.crt"));
        _handler = new()
        {
            UseProxy = false,
            SslOptions = new()
            {
                ClientCertificates = [LoadCertificate(tlsDirectory)],
                CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        _http = new(_handler);
        // Ten thousand states are some megabytes, and may be asked for while verifiers are short of CPU.
        _verifier = new(_http, new AddressList(address), TimeSpan.FromMinutes(1));
    }

    public static X509Certificate2 LoadCertificate(string tlsDirectory) =>
        X509Certificate2.CreateFromPemFile(Path.Combine(tlsDirectory, "client-cert.crt"), Path.Combine(tlsDirectory, "client-private.pem"));

    /// <summary>All states, or null when nobody answers now. Costly: a verifier reads and writes every agent.</summary>
    public async Task<IReadOnlyDictionary<string, VerifierAgentResponse>?> ListAsync(CancellationToken cancellationToken) =>
        await _verifier.ListStatesAsync(verifierId: null, cancellationToken) is { IsGood: true } answer ? answer.Value : null;

    public async Task<VerifierAgentResponse?> FindAsync(string agent, CancellationToken cancellationToken) =>
        await _verifier.FindAgentAsync(AgentId.Parse(agent), cancellationToken) is { IsGood: true } answer ? answer.Value : null;

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }
}
