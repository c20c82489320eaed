using Keylime.Protocol;

namespace Keylime.Attestation.Agents;

/// <summary>Enrolled agents, for the API. Any verifier may call it for any agent; owners hear of changes by
/// <see cref="IAgentStateStore.ChangedSinceAsync"/>.</summary>
/// <remarks>All members throw <see cref="StoreUnavailableException"/> in an outage.</remarks>
public interface IAgentStore
{
    /// <summary>Adds an agent with its policies in one transaction.</summary>
    Task<AddAgentOutcome> AddAsync(AgentEnrollment enrollment, NamedPolicy? runtimePolicy, NamedPolicy? measuredBootPolicy, CancellationToken ct);
    /// <summary>One agent, or null.</summary>
    Task<StoredAgent?> FindAsync(AgentId id, CancellationToken ct);
    /// <summary>Ids in order; only those of one Keylime verifier id when given.</summary>
    Task<IReadOnlyList<AgentId>> ListIdsAsync(string? verifierId, CancellationToken ct);
    /// <summary>All agents; only those of one Keylime verifier id when given.</summary>
    Task<IReadOnlyList<StoredAgent>> ListAsync(string? verifierId, CancellationToken ct);
    /// <summary>Sets the operational state on an operator's word and raises the revision: Start (reactivate), TenantFailed (stop). False: no such agent.</summary>
    Task<bool> ChangeStateAsync(AgentId id, OperationalState state, CancellationToken ct);
    /// <summary>Deletes the agent and the unnamed policies that are its own. False: no such agent.</summary>
    Task<bool> DeleteAsync(AgentId id, CancellationToken ct);
}

/// <summary>A policy text to be stored along with an agent, under its name (the agent id for an unnamed one).</summary>
/// <param name="Name">Row name.</param>
/// <param name="Text">The text as uploaded (JSON or DSSE envelope); null for a measured-boot row that says "no policy".</param>
/// <param name="Generator">Keylime's generator number of a runtime policy: 0 unknown, 1 empty, 2 compatible, 3 legacy.</param>
/// <param name="JudgesNothing">Whether the text lets every machine pass, or stands for no policy.</param>
public sealed record NamedPolicy(string Name, string? Text, int Generator, bool JudgesNothing = false);

/// <summary>What became of an added agent.</summary>
public enum AddAgentOutcome
{
    /// <summary>Stored.</summary>
    Added,
    /// <summary>An agent of that id exists.</summary>
    AgentExists,
    /// <summary>A runtime policy of that name exists, and a text was sent with it.</summary>
    RuntimePolicyExists,
    /// <summary>A runtime policy of that name does not exist, and no text was sent.</summary>
    RuntimePolicyUnknown,
    /// <summary>As <see cref="RuntimePolicyExists"/>, for measured boot.</summary>
    MeasuredBootPolicyExists,
    /// <summary>As <see cref="RuntimePolicyUnknown"/>, for measured boot.</summary>
    MeasuredBootPolicyUnknown,
}

/// <summary>The store cannot be reached; nothing is known of what was asked.</summary>
public sealed class StoreUnavailableException(string message, Exception? cause) : Exception(message, cause);
