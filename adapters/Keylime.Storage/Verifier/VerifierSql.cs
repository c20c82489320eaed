using System.Data.Common;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Microsoft.EntityFrameworkCore.Storage;

namespace Keylime.Storage.Verifier;

/// <summary>What PostgreSQL and SQLite spell differently: batches, locks, and the order of changes.</summary>
/// <param name="nextRevision">SQL of a new revision, evaluated per row, once the row is locked.</param>
/// <param name="changeId">SQL of the running change's place among all changes.</param>
/// <param name="dayAgo">SQL of the time a day ago, on the database's clock.</param>
/// <param name="forShare">Suffix of a query whose rows must not change until the transaction ends; others may read them likewise.</param>
/// <param name="forUpdate">Suffix of a query whose rows this transaction is about to change.</param>
internal abstract class VerifierSql(string nextRevision, string changeId, string dayAgo, string forShare, string forUpdate)
{
    /// <summary>Arguments: operational state, agent.</summary>
    public string ChangeState { get; } =
        $"UPDATE agent_states SET operational_state = {{0}}, revision = {nextRevision}, change_id = {changeId} WHERE agent_id = {{1}}";

    /// <summary>Arguments: agent, operational state, appraisal state.</summary>
    public string InsertState { get; } = $$"""
        INSERT INTO agent_states (agent_id, revision, change_id, operational_state, attestation_count, fresh_for_milliseconds,
            hash_algorithm, encryption_algorithm, signing_algorithm, appraisal_state)
        VALUES ({0}, {{nextRevision}}, {{changeId}}, {1}, 0, 0, '', '', '', {2})
        """;

    /// <summary>Argument: agent.</summary>
    public string InsertDeletion { get; } = $"INSERT INTO agent_deletions (agent_id, change_id) VALUES ({{0}}, {changeId})";

    public string ForgetOldDeletions { get; } = $"DELETE FROM agent_deletions WHERE deleted_at < {dayAgo}";

    /// <summary>Raises the revision of the agents that use a policy, and forgets what was judged by its old text: nobody may own the agents now, and who comes
    /// next has to judge the whole list. Arguments: its name, an empty appraisal state.</summary>
    public string ReviseUsers(PolicyKind kind) => kind is PolicyKind.Runtime ? _reviseRuntimePolicyUsers : _reviseMeasuredBootPolicyUsers;
    private readonly string _reviseRuntimePolicyUsers = Revise("runtime_policy_name", nextRevision, changeId, forUpdate);
    private readonly string _reviseMeasuredBootPolicyUsers = Revise("measured_boot_policy_name", nextRevision, changeId, forUpdate);

    // Locked in order, as a flush does.
    private static string Revise(string column, string nextRevision, string changeId, string forUpdate) => $$"""
        UPDATE agent_states SET revision = {{nextRevision}}, change_id = {{changeId}}, appraisal_state = {1}
        WHERE agent_id IN (
            SELECT agent_id FROM agent_states WHERE agent_id IN (SELECT agent_id FROM agents WHERE {{column}} = {0}) ORDER BY agent_id {{forUpdate}})
        """;

    /// <summary>Locks a policy's row against changes; answers its name, or nothing. Arguments: kind, name.</summary>
    public string LockPolicyForShare { get; } = $"SELECT name FROM policies WHERE kind = {{0}} AND name = {{1}} {forShare}";
    /// <summary>As <see cref="LockPolicyForShare"/>, for a row that is about to be changed.</summary>
    public string LockPolicyForUpdate { get; } = $"SELECT name FROM policies WHERE kind = {{0}} AND name = {{1}} {forUpdate}";

    /// <summary>Starts a transaction that changes agents or policies.</summary>
    public abstract Task<IDbContextTransaction> BeginChangeAsync(VerifierContext db, CancellationToken ct);

    /// <summary>A place in the order of changes: each change below it is visible to this snapshot, each at or above it will be found later by asking for
    /// <c>change_id &gt;= cursor</c>.</summary>
    public abstract Task<long> ReadCursorAsync(VerifierContext db, CancellationToken ct);

    /// <summary>See <see cref="IAgentStateStore.ChangedSinceAsync"/>. One statement: it runs every second in every verifier.</summary>
    public abstract Task<AgentChanges> ChangedSinceAsync(VerifierContext db, long cursor, IReadOnlyCollection<int> shards, CancellationToken ct);

    /// <summary>See <see cref="IFreshnessStore.SweepAsync"/>.</summary>
    public abstract Task<FreshnessReport?> SweepAsync(VerifierContext db, SweepRules rules, CancellationToken ct);

    /// <summary>See <see cref="IAgentStateStore.RaiseEpochsAsync"/>.</summary>
    public abstract Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(
        VerifierContext db, IReadOnlyCollection<int> shards, string owner, CancellationToken ct);

    /// <summary>Writes what may be written, with the messages about these agents, and answers the rest. See <see cref="IAgentStateStore.SaveProgressAsync"/> and
    /// <see cref="IAgentStateStore.SaveVerdictAsync"/>.</summary>
    /// <remarks>The deadline of a new success is <c>min(time of success, database's now - SucceededAgo) + FreshFor</c>: a verifier's clock that is ahead cannot
    /// lengthen it, nor can a write that comes late; one that is behind makes its agents stale, visibly. A write without a new success leaves the deadline alone.</remarks>
    public abstract Task<IReadOnlyList<RefusedWrite>> SaveAsync(VerifierContext db, IReadOnlyList<AgentWrite> writes, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct);

    /// <summary>States of agents that count as attested while their deadlines are ahead.</summary>
    protected static int[] AttestedStates { get; } =
        [(int)OperationalState.GetQuote, (int)OperationalState.GetQuoteRetry, (int)OperationalState.ProvideV, (int)OperationalState.ProvideVRetry];

    /// <summary>Ids for a report. An agent whose id is none is counted and not named.</summary>
    protected static IReadOnlyList<AgentId> Named(IEnumerable<string> ids) =>
        [.. ids.Select(AgentIdConverter.Read).Where(id => id != default).Take(FreshnessReport.MaxNamed)];

    /// <summary>Rows of agent, revision and place: first the cursor, without an agent; then changes; deletions have no revision.</summary>
    protected static async Task<AgentChanges> ReadChangesAsync(DbDataReader reader, CancellationToken ct)
    {
        var (cursor, changed, deleted) = (0L, new List<AgentChange>(), new List<AgentId>());
        while (await reader.ReadAsync(ct))
            if (reader.IsDBNull(0)) cursor = reader.GetInt64(1);
            // A row whose id is none is passed over; who loads its shard tells of it.
            else if (!AgentId.TryParse(reader.GetString(0), out var id)) continue;
            else if (reader.IsDBNull(1)) deleted.Add(id);
            else changed.Add(new(id, reader.GetInt64(1)));
        return new(cursor, changed, deleted);
    }
}
