using System.Text.Json;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Client;

/// <summary>A registrar, or the gateway before several.</summary>
public sealed class RegistrarClient(HttpMessageInvoker http, AddressList addresses, TimeSpan timeout)
{
    private readonly KeylimeEndpoint _endpoint = new(http, addresses, timeout, AnswerLimits.Lists);

    /// <summary>The version that requests are made in.</summary>
    public ApiVersion Version { get; set; } = ApiVersion.Current;

    public Task<Answer<ServerVersionResponse>> GetVersionAsync(CancellationToken ct) =>
        _endpoint.GetAsync("/version", KeylimeJson.Default.EnvelopeServerVersionResponse, ct);

    /// <summary>Asks for the versions of the server and speaks the best common one from now on; see <see cref="VersionNegotiation"/>.</summary>
    public async Task<Answer<Nothing>> NegotiateAsync(IReadOnlyList<ApiVersion> ours, CancellationToken ct)
    {
        var outcome = VersionNegotiation.WithServer(await GetVersionAsync(ct), ours, out var version);
        if (outcome.IsGood) Version = version;
        return outcome;
    }

    public Task<Answer<RegisterAgentResponse>> RegisterAsync(AgentId id, RegisterAgentRequest request, CancellationToken ct) =>
        _endpoint.For(id.Value).SendAsync(HttpMethod.Post, Agent(id), JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.RegisterAgentRequest),
            KeylimeJson.Default.EnvelopeRegisterAgentResponse, Repeatable.Yes, ct);

    public Task<Answer<Nothing>> ActivateAsync(AgentId id, ActivateAgentRequest request, CancellationToken ct) =>
        _endpoint.For(id.Value).SendAsync(HttpMethod.Put, Agent(id), JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.ActivateAgentRequest),
            KeylimeJson.Default.EnvelopeNothing, Repeatable.Yes, ct);

    public Task<Answer<RegistrarAgentResponse>> FindAgentAsync(AgentId id, CancellationToken ct) =>
        _endpoint.For(id.Value).GetAsync(Agent(id), KeylimeJson.Default.EnvelopeRegistrarAgentResponse, ct);

    public Task<Answer<RegistrarAgentListResponse>> ListAgentsAsync(CancellationToken ct) =>
        _endpoint.GetAsync($"/v{Version}/agents/", KeylimeJson.Default.EnvelopeRegistrarAgentListResponse, ct);

    public Task<Answer<Nothing>> DeleteAgentAsync(AgentId id, CancellationToken ct) =>
        _endpoint.For(id.Value).SendAsync(HttpMethod.Delete, Agent(id), null, KeylimeJson.Default.EnvelopeNothing, Repeatable.Yes, ct);

    private string Agent(AgentId id) => $"/v{Version}/agents/{id.Value}";
}
