using System.Text.Json;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Client;

/// <summary>A verifier, or the gateway before several.</summary>
public sealed class VerifierClient(HttpMessageInvoker http, AddressList addresses, TimeSpan timeout)
{
    private readonly KeylimeEndpoint _endpoint = new(http, addresses, timeout, AnswerLimits.Lists);

    /// <summary>The version that requests are made in.</summary>
    public ApiVersion Version { get; set; } = ApiVersion.Current;

    public Task<Answer<ServerVersionResponse>> GetVersionAsync(CancellationToken ct) =>
        _endpoint.GetAsync("/version", KeylimeJson.Default.EnvelopeServerVersionResponse, ct);

    /// <summary>As <see cref="RegistrarClient.NegotiateAsync"/>.</summary>
    public async Task<Answer<Nothing>> NegotiateAsync(IReadOnlyList<ApiVersion> ours, CancellationToken ct)
    {
        var outcome = VersionNegotiation.WithServer(await GetVersionAsync(ct), ours, out var version);
        if (outcome.IsGood) Version = version;
        return outcome;
    }

    public Task<Answer<Nothing>> AddAgentAsync(AgentId id, AddAgentRequest request, CancellationToken ct) =>
        _endpoint.For(id.Value).SendAsync(HttpMethod.Post, Agent(id), JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.AddAgentRequest),
            KeylimeJson.Default.EnvelopeNothing, Repeatable.No, ct);

    public Task<Answer<VerifierAgentResponse>> FindAgentAsync(AgentId id, CancellationToken ct) =>
        _endpoint.For(id.Value).GetAsync(Agent(id), KeylimeJson.Default.EnvelopeVerifierAgentResponse, ct);

    /// <summary>Ids, each in a list of its own; only those of one Keylime verifier id when given.</summary>
    public Task<Answer<VerifierAgentListResponse>> ListAgentsAsync(string? verifierId, CancellationToken ct) =>
        _endpoint.GetAsync($"/v{Version}/agents/{Query(null, verifierId)}", KeylimeJson.Default.EnvelopeVerifierAgentListResponse, ct);

    /// <summary>The states of all agents by id.</summary>
    public Task<Answer<Dictionary<string, VerifierAgentResponse>>> ListStatesAsync(string? verifierId, CancellationToken ct) =>
        _endpoint.GetAsync($"/v{Version}/agents/{Query("bulk=True", verifierId)}", KeylimeJson.Default.EnvelopeDictionaryStringVerifierAgentResponse, ct);

    /// <summary>Status 200: gone. 202: it will be, once the verifier's work on it has ended.</summary>
    public Task<Answer<Nothing>> DeleteAgentAsync(AgentId id, CancellationToken ct) =>
        _endpoint.For(id.Value).SendAsync(HttpMethod.Delete, Agent(id), null, KeylimeJson.Default.EnvelopeNothing, Repeatable.Yes, ct);

    public Task<Answer<Nothing>> ReactivateAgentAsync(AgentId id, CancellationToken ct) => PutAsync(id, "reactivate", ct);

    public Task<Answer<Nothing>> StopAgentAsync(AgentId id, CancellationToken ct) => PutAsync(id, "stop", ct);

    public Task<Answer<RuntimePolicyListResponse>> ListRuntimePoliciesAsync(CancellationToken ct) =>
        _endpoint.GetAsync($"/v{Version}/allowlists/", KeylimeJson.Default.EnvelopeRuntimePolicyListResponse, ct);

    public Task<Answer<RuntimePolicyResponse>> FindRuntimePolicyAsync(string name, CancellationToken ct) =>
        _endpoint.GetAsync(RuntimePolicy(name), KeylimeJson.Default.EnvelopeRuntimePolicyResponse, ct);

    public Task<Answer<Nothing>> AddRuntimePolicyAsync(string name, RuntimePolicyRequest request, CancellationToken ct) =>
        SendPolicyAsync(HttpMethod.Post, RuntimePolicy(name), JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.RuntimePolicyRequest), ct);

    public Task<Answer<Nothing>> UpdateRuntimePolicyAsync(string name, RuntimePolicyRequest request, CancellationToken ct) =>
        SendPolicyAsync(HttpMethod.Put, RuntimePolicy(name), JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.RuntimePolicyRequest), ct);

    public Task<Answer<Nothing>> DeleteRuntimePolicyAsync(string name, CancellationToken ct) => SendPolicyAsync(HttpMethod.Delete, RuntimePolicy(name), null, ct);

    public Task<Answer<MeasuredBootPolicyListResponse>> ListMeasuredBootPoliciesAsync(CancellationToken ct) =>
        _endpoint.GetAsync($"/v{Version}/mbpolicies/", KeylimeJson.Default.EnvelopeMeasuredBootPolicyListResponse, ct);

    public Task<Answer<MeasuredBootPolicyResponse>> FindMeasuredBootPolicyAsync(string name, CancellationToken ct) =>
        _endpoint.GetAsync(MeasuredBootPolicy(name), KeylimeJson.Default.EnvelopeMeasuredBootPolicyResponse, ct);

    public Task<Answer<Nothing>> AddMeasuredBootPolicyAsync(string name, MeasuredBootPolicyRequest request, CancellationToken ct) =>
        SendPolicyAsync(HttpMethod.Post, MeasuredBootPolicy(name), JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.MeasuredBootPolicyRequest), ct);

    public Task<Answer<Nothing>> UpdateMeasuredBootPolicyAsync(string name, MeasuredBootPolicyRequest request, CancellationToken ct) =>
        SendPolicyAsync(HttpMethod.Put, MeasuredBootPolicy(name), JsonSerializer.SerializeToUtf8Bytes(request, KeylimeJson.Default.MeasuredBootPolicyRequest), ct);

    public Task<Answer<Nothing>> DeleteMeasuredBootPolicyAsync(string name, CancellationToken ct) => SendPolicyAsync(HttpMethod.Delete, MeasuredBootPolicy(name), null, ct);

    private Task<Answer<Nothing>> PutAsync(AgentId id, string verb, CancellationToken ct) =>
        _endpoint.For(id.Value).SendAsync(HttpMethod.Put, $"{Agent(id)}/{verb}", "{}"u8.ToArray(), KeylimeJson.Default.EnvelopeNothing, Repeatable.Yes, ct);

    private Task<Answer<Nothing>> SendPolicyAsync(HttpMethod method, string path, byte[]? json, CancellationToken ct) =>
        _endpoint.SendAsync(method, path, json, KeylimeJson.Default.EnvelopeNothing, method == HttpMethod.Post ? Repeatable.No : Repeatable.Yes, ct);

    private string Agent(AgentId id) => $"/v{Version}/agents/{id.Value}";

    private string RuntimePolicy(string name) => $"/v{Version}/allowlists/{Uri.EscapeDataString(name)}";

    private string MeasuredBootPolicy(string name) => $"/v{Version}/mbpolicies/{Uri.EscapeDataString(name)}";

    private static string Query(string? first, string? verifierId)
    {
        var filter = verifierId is null ? null : $"verifier={Uri.EscapeDataString(verifierId)}";
        var query = string.Join('&', new[] { first, filter }.Where(part => part is not null));
        return query.Length == 0 ? "" : $"?{query}";
    }
}
