using System.Net;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Tenant.Connections;

/// <summary>One run of the program: its configuration and its connections, with API versions agreed on at first use.</summary>
internal sealed class TenantSession : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly Lazy<AgentConnections> _agents;
    private readonly VerifierClient _verifier;
    private readonly RegistrarClient _registrar;
    private readonly SemaphoreSlim _negotiation = new(1);
    private readonly ClientTls _tls;
    private bool _verifierIsKnown;
    private bool _registrarIsKnown;

    private TenantSession(KeylimeSettings settings, TenantConfig config, ClientTls tls, TextWriter log, TimeProvider time)
    {
        (Settings, Config, Log, Time, _tls) = (settings, config, log, time, tls);
        _http = new(tls.CreateHandler());
        // Requests about an agent go in the order of its id, all others in an order of this machine's. Agents' clients are made only when agents are spoken to.
        _verifier = new(_http, new AddressList(config.Verifiers, config.Zone, Dns.GetHostName(), time), config.RequestTimeout);
        _registrar = new(_http, new AddressList(config.Registrars, config.Zone, Dns.GetHostName(), time), config.RequestTimeout);
        _agents = new(() => new AgentConnections(tls.Identity?.Context, TimeSpan.FromSeconds(30)));
    }

    public KeylimeSettings Settings { get; }

    public TenantConfig Config { get; }

    /// <summary>What happens, for people: standard error.</summary>
    public TextWriter Log { get; }

    public TimeProvider Time { get; }

    public AgentConnections Agents => _agents.Value;

    public static TenantSession Open(KeylimeSettings settings, ServerAddresses given, TextWriter log) =>
        new(settings, TenantConfig.Read(settings, given), ClientTls.Load(settings), log, TimeProvider.System);

    /// <summary>A session with these verifiers: the one that an agent's state names, or our own.</summary>
    public TenantSession WithVerifiers(IReadOnlyList<ServerAddress> verifiers) => new(Settings, Config with { Verifiers = verifiers }, _tls, Log, Time);

    public async Task<VerifierClient> VerifierAsync(CancellationToken ct)
    {
        await _negotiation.WaitAsync(ct);
        try
        {
            if (!_verifierIsKnown) Demand(await _verifier.NegotiateAsync(ApiVersion.Supported, ct), "verifier");
            _verifierIsKnown = true;
            return _verifier;
        }
        finally
        {
            _negotiation.Release();
        }
    }

    public async Task<RegistrarClient> RegistrarAsync(CancellationToken ct)
    {
        await _negotiation.WaitAsync(ct);
        try
        {
            if (!_registrarIsKnown) Demand(await _registrar.NegotiateAsync(ApiVersion.Supported, ct), "registrar");
            _registrarIsKnown = true;
            return _registrar;
        }
        finally
        {
            _negotiation.Release();
        }
    }

    /// <summary>The agent as it registered, or null.</summary>
    public async Task<RegistrarAgentResponse?> FindRegistrationAsync(AgentId id, CancellationToken ct)
    {
        var answer = await (await RegistrarAsync(ct)).FindAgentAsync(id, ct);
        return answer.Status == 404 ? null : answer.Get($"reading the registration of agent {id}");
    }

    /// <summary>The agent's state at the verifier, or null.</summary>
    public async Task<VerifierAgentResponse?> FindStateAsync(AgentId id, CancellationToken ct)
    {
        var answer = await (await VerifierAsync(ct)).FindAgentAsync(id, ct);
        return answer.Status == 404 ? null : answer.Get($"reading the state of agent {id}");
    }

    public void Dispose()
    {
        if (_agents.IsValueCreated) _agents.Value.Dispose();
        _http.Dispose();
        _negotiation.Dispose();
    }

    private static void Demand(Answer<Nothing> answer, string server) => answer.Get($"agreeing on an API version with the {server}");
}
