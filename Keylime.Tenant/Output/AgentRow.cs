using System.Globalization;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Tenant.Output;

/// <summary>An agent as the verbs show it.</summary>
/// <param name="State">pending, attested, failed, stale; or absent for an agent that the verifier does not have.</param>
/// <param name="Judged">What its policies judge, in <see cref="Protocol.Judged"/>'s words; null when the verifier does not say.</param>
internal sealed record AgentRow(string Id, string State, string? OperationalState, string? Address, IReadOnlyList<string>? Judged, string? Owner, long Attestations, DateTimeOffset? LastSuccess, string? Reason)
{
    /// <summary>In place of a state: the verifier does not have the agent.</summary>
    public const string AbsentState = "absent";

    public static (string, Func<AgentRow, string>)[] Columns =>
    [
        ("AGENT", row => row.Id), ("STATE", row => row.State), ("KEYLIME STATE", row => row.OperationalState ?? ""), ("ADDRESS", row => row.Address ?? ""),
        ("JUDGED", row => Protocol.Judged.Describe(row.Judged)), ("OWNER", row => row.Owner ?? ""), ("ATTESTATIONS", row => row.Attestations.ToString(CultureInfo.InvariantCulture)),
        ("LAST SUCCESS", row => row.LastSuccess?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "never"), ("REASON", row => row.Reason ?? ""),
    ];

    public static AgentRow From(string id, VerifierAgentResponse agent) => new(
        id, TrustOf(agent), agent.OperationalState is { } state ? OperationalStateText.Of(state) : null,
        agent.Ip is null ? null : string.Create(CultureInfo.InvariantCulture, $"{agent.Ip}:{agent.Port}"), agent.Judged, agent.Owner, agent.AttestationCount,
        agent.LastSuccessfulAttestation > 0 ? DateTimeOffset.FromUnixTimeSeconds(agent.LastSuccessfulAttestation) : null,
        agent.Reason ?? (TrustOf(agent) == TrustState.Failed ? agent.LastEventId : null));

    public static AgentRow Absent(AgentId id) => new(id.Value, AbsentState, null, null, null, null, 0, null, "not at the verifier");

    // Keylime's own verifier has no trust_state; its attestation_status says nearly the same.
    private static string TrustOf(VerifierAgentResponse agent) => agent.TrustState ?? agent.AttestationStatus switch
    {
        "PASS" => agent.AttestationCount > 0 ? TrustState.Attested : TrustState.Pending,
        "FAIL" => TrustState.Failed,
        "TIMEOUT" => TrustState.Stale,
        _ => TrustState.Pending,
    };
}
