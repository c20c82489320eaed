using System.Text.Json.Serialization;
using Keylime.Protocol;

namespace Keylime.AppHost.Status;

/// <summary>The cluster as <c>./keylime status --json</c> prints it. The names are a contract with scripts.</summary>
internal sealed record ClusterStatus(IReadOnlyList<ServiceStatus> Services, IReadOnlyList<AgentStatus> Agents, TlsStatus Tls)
{
    [JsonIgnore]
    public bool IsAttested => Agents.All(agent => agent.State == TrustState.Attested) && Services.All(service => service.State is "running" or "finished");
}

/// <summary>A listener of a resource, or a resource without one. Listeners after a resource's first have rows of their own, named <c>resource/listener</c>.</summary>
internal sealed record ServiceStatus(string Name, string Kind, string State, string? Address, int? Pid);

/// <summary>An agent in the verifiers' eyes. <paramref name="State"/> is one of <see cref="TrustState"/>'s words, <paramref name="Judged"/> are some of <see cref="Protocol.Judged"/>'s.</summary>
internal sealed record AgentStatus(string Id, string State, string? Owner, long Attestations, DateTimeOffset? LastSuccess, string? Reason, IReadOnlyList<string>? Judged = null);

/// <summary>The folder with <c>cacert.crt</c>, <c>client-cert.crt</c> and <c>client-private.pem</c>.</summary>
internal sealed record TlsStatus(string Directory);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ClusterStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
