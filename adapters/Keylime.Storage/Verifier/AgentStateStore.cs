using System.Linq.Expressions;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Verifier;

internal sealed class AgentStateStore(StoreContexts<VerifierContext> contexts, VerifierSql sql, AgentReader reader) : IAgentStateStore
{
    public Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) =>
        contexts.RunAsync(db => sql.RaiseEpochsAsync(db, shards, owner, ct), ct);

    // Not one transaction: a process that is paused amid it would hold up its successor. Who raises an epoch in between has another name, and is not answered.
    public Task<IReadOnlyList<FencingToken>> RenewEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) =>
        contexts.RunAsync<IReadOnlyList<FencingToken>>(async db =>
        {
            var own = db.Shards.Where(row => shards.Contains(row.Shard) && row.Owner == owner);
            await own.ExecuteUpdateAsync(set => set.SetProperty(row => row.Epoch, row => row.Epoch + 1), ct);
            return await own.Select(row => new FencingToken(row.Shard, row.Epoch)).ToListAsync(ct);
        }, ct);

    public Task<IReadOnlyList<FencingToken>> ReadEpochsAsync(IReadOnlyCollection<int> shards, CancellationToken ct) =>
        contexts.RunAsync<IReadOnlyList<FencingToken>>(async db =>
            await db.Shards.Where(row => shards.Contains(row.Shard)).Select(row => new FencingToken(row.Shard, row.Epoch)).ToListAsync(ct), ct);

    public Task<IReadOnlyList<StoredAgent>> LoadAsync(IReadOnlyCollection<int> shards, CancellationToken ct) =>
        LoadAsync(view => shards.Contains(view.Agent.Shard), ct);

    public async Task<IReadOnlyList<StoredAgent>> LoadAgentsAsync(IReadOnlyCollection<AgentId> ids, CancellationToken ct) =>
        ids.Count == 0 ? [] : await LoadAsync(view => ids.Contains(view.Agent.AgentId), ct);

    public Task<long> ReadCursorAsync(CancellationToken ct) => contexts.RunAsync(db => sql.ReadCursorAsync(db, ct), ct);

    public Task<AgentChanges> ChangedSinceAsync(long cursor, IReadOnlyCollection<int> shards, CancellationToken ct) =>
        contexts.RunAsync(db => sql.ChangedSinceAsync(db, cursor, shards, ct), ct);

    public Task<IReadOnlyList<RefusedWrite>> SaveProgressAsync(IReadOnlyList<AgentWrite> writes, CancellationToken ct) =>
        contexts.RunAsync(db => sql.SaveAsync(db, writes, [], ct), ct);

    public Task<RefusedWrite?> SaveVerdictAsync(AgentWrite write, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct) =>
        contexts.RunAsync(async db => (await sql.SaveAsync(db, [write], outbox, ct)).SingleOrDefault(), ct);

    private Task<IReadOnlyList<StoredAgent>> LoadAsync(Expression<Func<AgentView, bool>> wanted, CancellationToken ct) =>
        contexts.RunAsync(db => reader.ReadAsync(db, wanted, ct), ct);
}
