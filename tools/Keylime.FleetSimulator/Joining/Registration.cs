using System.Net;
using Keylime.Client;
using Keylime.FleetSimulator.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Tls;
using Keylime.Tpm.Credentials;

namespace Keylime.FleetSimulator.Joining;

/// <summary>Registers agents as they do themselves: keys and certificate, the registrar's challenge, and the proof that the TPM of both keys opened it.</summary>
internal sealed class Registration : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private readonly HttpMessageInvoker _http;
    private readonly IReadOnlyList<Uri> _registrars;
    private readonly int _port;
    private readonly TimeProvider _time;
    private ApiVersion _version = ApiVersion.Current;

    public Registration(IReadOnlyList<Uri> registrars, CertificateTrust servers, int port, TimeProvider time)
    {
        (_registrars, _port, _time) = (registrars, port, time);
        _http = new(CreateHandler(servers));
    }

    /// <exception cref="FleetException">No registrar answers, or none speaks a version of ours.</exception>
    public async Task NegotiateAsync(CancellationToken ct)
    {
        var client = ClientFor("");
        var outcome = await client.NegotiateAsync(ApiVersion.AgentSupported, ct);
        if (!outcome.IsGood) throw new FleetException($"--registrar: {outcome}");
        _version = client.Version;
    }

    public async Task<Answer<Nothing>> RegisterAsync(SimulatedAgent agent, CancellationToken ct)
    {
        var client = ClientFor(agent.Id.Value);
        client.Version = _version;
        var challenge = await client.RegisterAsync(agent.Id, Describe(agent), ct);
        if (!challenge.IsGood) return challenge.As<Nothing>();
        if (Open(agent, challenge.Value.Blob) is not { } key) return new(null, "the registrar's challenge is malformed or made for other keys", null, Fault.Malformed);
        return await client.ActivateAsync(agent.Id, new(AuthTag.Compute(key, agent.Id.Value)), ct);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>In the order of the agent's own id, as real agents do: the fleet spreads over the registrars.</summary>
    private RegistrarClient ClientFor(string agent) => new(_http, new(_registrars, agent, _time), s_timeout);

    private RegisterAgentRequest Describe(SimulatedAgent agent) => new()
    {
        EkTpm = Convert.ToBase64String(agent.Machine.Keys.EndorsementKey.ToSizedBytes()),
        AikTpm = Convert.ToBase64String(agent.Machine.Keys.AttestationKey.ToSizedBytes()),
        Ip = agent.Address.ToString(),
        Port = _port,
        MtlsCert = agent.Certificate.ExportCertificatePem() + "\n",
    };

    private static string? Open(SimulatedAgent agent, string? blob)
    {
        if (blob is null) return null;
        var bytes = new byte[blob.Length];
        return Convert.TryFromBase64String(blob, bytes, out var length) && CredentialBlob.TryParse(bytes.AsSpan(0, length), out var credential, out _)
            && agent.Machine.Keys.Activate(credential) is { } secret ? AuthTag.KeyFromSecret(secret) : null;
    }

    private static SocketsHttpHandler CreateHandler(CertificateTrust servers)
    {
        var handler = new ClientTls(null, servers).CreateHandler();
        handler.MaxConnectionsPerServer = Joiner.AtOnce;
        return handler;
    }
}
