using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.Faults;
using Keylime.Simulation.Tests.World;

namespace Keylime.Simulation.Tests.Stores;

/// <summary>The database as one verifier reaches it. A statement whose answer is not awaited any longer may still be carried out.</summary>
internal sealed class RemoteDatabase(ModelDatabase database, Link link, SimulatedProcess process, Auditor auditor, Scheduler scheduler, Mutation mutation)
    : IAgentStateStore, IOutboxStore
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) =>
        AskAsync(() => $"raise the epochs of {string.Join(' ', shards)}", () =>
        {
            var tokens = Now(database.RaiseEpochsAsync(shards, owner, ct));
            auditor.Raised(process, tokens);
            return tokens;
        }, ct);

    public Task<IReadOnlyList<FencingToken>> RenewEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) =>
        AskAsync(() => $"renew the epochs of {string.Join(' ', shards)}", () =>
        {
            var tokens = Now(database.RenewEpochsAsync(shards, owner, ct));
            auditor.Raised(process, tokens);
            return tokens;
        }, ct);

    public Task<IReadOnlyList<FencingToken>> ReadEpochsAsync(IReadOnlyCollection<int> shards, CancellationToken ct) =>
        AskAsync(() => "read epochs", () => Now(database.ReadEpochsAsync(shards, ct)), ct);

    public Task<IReadOnlyList<StoredAgent>> LoadAsync(IReadOnlyCollection<int> shards, CancellationToken ct) =>
        AskAsync(() => $"load shards {string.Join(' ', shards)}", () => Now(database.LoadAsync(shards, ct)), ct);

    public Task<IReadOnlyList<StoredAgent>> LoadAgentsAsync(IReadOnlyCollection<AgentId> ids, CancellationToken ct) => ids.Count == 0
        ? Task.FromResult<IReadOnlyList<StoredAgent>>([])
        : AskAsync(() => $"load {string.Join(' ', ids)}", () => Now(database.LoadAgentsAsync(ids, ct)), ct);

    public Task<long> ReadCursorAsync(CancellationToken ct) => AskAsync(() => "read the cursor", () => Now(database.ReadCursorAsync(ct)), ct);

    public Task<AgentChanges> ChangedSinceAsync(long cursor, IReadOnlyCollection<int> shards, CancellationToken ct) =>
        AskAsync(() => $"changes since {cursor}", () => Now(database.ChangedSinceAsync(cursor, shards, ct)), ct);

    public Task<IReadOnlyList<RefusedWrite>> SaveProgressAsync(IReadOnlyList<AgentWrite> writes, CancellationToken ct) =>
        AskAsync(() => $"save {string.Join(", ", writes.Select(Words))}", () =>
        {
            var before = writes.ToDictionary(write => write.Id, write => database.Find(write.Id));
            var refused = Now(database.SaveProgressAsync(writes, ct));
            foreach (var write in writes.ExceptBy(refused.Select(refusal => refusal.Id), write => write.Id)) Audit(write, before[write.Id]);
            return refused;
        }, ct);

    public Task<RefusedWrite?> SaveVerdictAsync(AgentWrite write, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct) =>
        AskAsync(() => $"verdict {Words(write)}, {outbox.Count} messages", () =>
        {
            var before = database.Find(write.Id);
            var isLater = mutation == Mutation.OutboxComesLater;
            var refused = Now(database.SaveVerdictAsync(write, isLater ? [] : outbox, ct));
            if (refused is not null) return refused;
            if (isLater) scheduler.After(TimeSpan.FromMilliseconds(200), () => { if (!process.IsDead && !process.IsPaused && !link.IsCut) database.Append(outbox); });
            Audit(write, before);
            auditor.Promised(outbox);
            return refused;
        }, ct);

    public Task<IReadOnlyList<StoredMessage>> ReadAsync(IReadOnlyCollection<int> shards, int limit, CancellationToken ct) =>
        AskAsync(() => "read the outbox", () => Now(database.ReadAsync(shards, limit, ct)), ct);

    public Task DeleteAsync(IReadOnlyCollection<long> sequences, CancellationToken ct) =>
        AskAsync(() => $"delete message {string.Join(' ', sequences)}", () =>
        {
            database.DeleteAsync(sequences, ct);
            return true;
        }, ct);

    private void Audit(AgentWrite write, StoredAgent? before)
    {
        auditor.Saved(process, write, before);
        auditor.Shown(write.Id, database.FreshUntil(write.Id), write.State.FreshFor);
    }

    private Task<T> AskAsync<T>(Func<string> what, Func<T> action, CancellationToken ct) =>
        link.AskAsync(what, action, Patience, reason => new StoreUnavailableException(reason, null), ct);

    private static string Words(AgentWrite write) =>
        $"{write.Id} = {write.State.OperationalState} {write.State.AttestationCount} (shard {write.Token.Shard}, epoch {write.Token.Epoch}, revision {write.Revision})";

    // The model answers at once.
    private static T Now<T>(Task<T> answer) => answer.IsCompletedSuccessfully ? answer.Result : throw new InvalidOperationException("The model has no I/O");
}
