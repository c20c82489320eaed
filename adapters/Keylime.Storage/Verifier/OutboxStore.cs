using Keylime.Attestation.Agents;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Verifier;

internal sealed class OutboxStore(StoreContexts<VerifierContext> contexts) : IOutboxStore
{
    public Task<IReadOnlyList<StoredMessage>> ReadAsync(IReadOnlyCollection<int> shards, int limit, CancellationToken ct) =>
        contexts.RunAsync<IReadOnlyList<StoredMessage>>(async db =>
            // An agent may be stale because nobody owns its shard: then there is nobody but the others to tell of it.
            await db.Outbox.Where(row => !db.Agents.Any(agent => agent.AgentId == row.AgentId && !shards.Contains(agent.Shard))
                    || (row.Kind == OutboxMessage.Stale && row.CreatedAt < VerifierContext.DatabaseTenSecondsAgo()))
                .OrderBy(row => row.Sequence).Take(limit)
                .Select(row => new StoredMessage(row.Sequence, new OutboxMessage(row.Kind, row.AgentId, row.Payload))).ToListAsync(ct), ct);

    public Task DeleteAsync(IReadOnlyCollection<long> sequences, CancellationToken ct) =>
        contexts.RunAsync(db => db.Outbox.Where(row => sequences.Contains(row.Sequence)).ExecuteDeleteAsync(ct), ct);
}
