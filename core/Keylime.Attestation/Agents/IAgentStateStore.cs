using Keylime.Protocol;
using Keylime.Sharding;

namespace Keylime.Attestation.Agents;

/// <summary>The state of agents, for the owner of their shards. Every write carries the shard's epoch and the agent's revision and
/// is refused when either is no longer the newest.</summary>
/// <remarks>All members throw <see cref="StoreUnavailableException"/> in an outage.</remarks>
public interface IAgentStateStore
{
    /// <summary>Starts an ownership: raises the epoch of each shard, above all that were ever given out, with the owner's id, in one statement, and reads it back.</summary>
    Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct);
    /// <summary>Goes on with an ownership under a new epoch: raises those of the shards that nobody but the owner has raised last, and reads them back. A write under the old
    /// epoch whose answer was lost, and which may be under way still, is refused from then on.</summary>
    Task<IReadOnlyList<FencingToken>> RenewEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct);
    /// <summary>The newest epochs of the shards, of those that ever had an owner.</summary>
    Task<IReadOnlyList<FencingToken>> ReadEpochsAsync(IReadOnlyCollection<int> shards, CancellationToken ct);
    /// <summary>All agents of the shards.</summary>
    Task<IReadOnlyList<StoredAgent>> LoadAsync(IReadOnlyCollection<int> shards, CancellationToken ct);
    /// <summary>The agents of these ids that there are.</summary>
    Task<IReadOnlyList<StoredAgent>> LoadAgentsAsync(IReadOnlyCollection<AgentId> ids, CancellationToken ct);
    /// <summary>The cursor of now. Taken before <see cref="LoadAsync"/>, it makes <see cref="ChangedSinceAsync"/> tell what was not loaded, and no more.</summary>
    Task<long> ReadCursorAsync(CancellationToken ct);
    /// <summary>Operator changes after a cursor to agents of the shards, oldest first, and deletions of any agents. Start with <see cref="ReadCursorAsync"/>;
    /// <see cref="AgentChanges.None"/>'s cursor stands before the first change ever.
    /// A change may come twice; none is missed, also not one whose transaction committed late.</summary>
    Task<AgentChanges> ChangedSinceAsync(long cursor, IReadOnlyCollection<int> shards, CancellationToken ct);
    /// <summary>Writes the progress of many agents in one statement. Answers those that were refused.</summary>
    Task<IReadOnlyList<RefusedWrite>> SaveProgressAsync(IReadOnlyList<AgentWrite> writes, CancellationToken ct);
    /// <summary>Writes a verdict that changed, and messages about that agent, in one transaction. Null: saved.</summary>
    Task<RefusedWrite?> SaveVerdictAsync(AgentWrite write, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct);
}

/// <summary>One agent's new state and what it is based on.</summary>
public sealed record AgentWrite(AgentId Id, AgentState State, long Revision, FencingToken Token)
{
    /// <summary>How long ago the last success was, by a clock that nobody sets; zero where that is not known. What is written late, after an outage, is no fresher for
    /// a wall clock that is ahead.</summary>
    public TimeSpan SucceededAgo { get; init; }
}

/// <summary>A write that was not ours to make.</summary>
public sealed record RefusedWrite(AgentId Id, RefusalReason Reason);

/// <summary>Why a write was refused.</summary>
public enum RefusalReason
{
    /// <summary>The shard has a newer epoch: another verifier owns it. Stop working on the shard.</summary>
    Fenced,
    /// <summary>The agent has a newer revision, or is gone: read it again.</summary>
    Changed,
}

/// <summary>Operator changes.</summary>
/// <param name="Cursor">To be passed next time.</param>
/// <param name="Changed">Agents that are not as they were: a policy may have thousands of users, so only those whose revision is news are to be loaded.</param>
/// <param name="Deleted">Agents that are gone.</param>
public sealed record AgentChanges(long Cursor, IReadOnlyList<AgentChange> Changed, IReadOnlyList<AgentId> Deleted)
{
    /// <summary>Nothing yet; its cursor stands before the first change.</summary>
    public static AgentChanges None { get; } = new(0, [], []);
}

/// <summary>An agent that an operator has changed, and its revision since.</summary>
public sealed record AgentChange(AgentId Id, long Revision);

/// <summary>Something that others must learn of, once the verdict is durable.</summary>
/// <param name="Kind"><see cref="Revocation"/> or <see cref="Stale"/>.</param>
/// <param name="AgentId">The agent it is about.</param>
/// <param name="Payload">JSON text; empty where the kind says it all.</param>
public sealed record OutboxMessage(string Kind, AgentId AgentId, string Payload)
{
    /// <summary>Kind of a revocation message, ready to be sent.</summary>
    public const string Revocation = "revocation";
    /// <summary>Kind of a notice that an agent's deadline has passed.</summary>
    public const string Stale = "stale";
}
