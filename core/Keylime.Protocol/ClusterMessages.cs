using System.Text.Json.Serialization;

namespace Keylime.Protocol;

/// <summary><c>GET /cluster/members</c> of a verifier, for gateways: who takes part, as this verifier read it last. Ours, not Keylime's.</summary>
public sealed record ClusterMembersResponse([property: JsonPropertyName("members")] IReadOnlyList<ClusterMember> Members);

/// <summary>One verifier of a cluster.</summary>
/// <param name="Instance">Its name among the members.</param>
/// <param name="Address"><c>host:port</c>.</param>
/// <param name="State"><c>serving</c>, <c>degraded</c> or <c>leaving</c>; a reader passes over a member in another state.</param>
/// <param name="Zone">Failure zone; null for none.</param>
/// <param name="Beat">Changes with every heartbeat.</param>
public sealed record ClusterMember(
    [property: JsonPropertyName("instance")] string Instance,
    [property: JsonPropertyName("address")] string Address,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("zone"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Zone,
    [property: JsonPropertyName("beat")] long Beat);
