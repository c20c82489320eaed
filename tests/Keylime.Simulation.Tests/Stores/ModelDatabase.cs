using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Simulation.Tests.Faults;

namespace Keylime.Simulation.Tests.Stores;

/// <summary>The verifiers' database, as far as ownership goes: each call is one transaction. <see cref="ModelDatabaseTests"/> holds it against the real one.</summary>
internal sealed class ModelDatabase(TimeProvider clock, Mutation mutation = Mutation.None) : IAgentStateStore, IOutboxStore
{
    private readonly SortedDictionary<AgentId, Row> _agents = [];
    private readonly SortedDictionary<int, (long Epoch, string Owner)> _shards = [];
    private readonly List<StoredMessage> _outbox = [];
    private readonly List<(long ChangeId, AgentId Id)> _deletions = [];
    private long _changes, _sequence;

    public IEnumerable<StoredAgent> Agents => _agents.Values.Select(View);
    public IReadOnlyList<StoredMessage> Outbox => _outbox;

    public DateTimeOffset? FreshUntil(AgentId id) => _agents.TryGetValue(id, out var row) ? row.FreshUntil : null;

    public StoredAgent? Find(AgentId id) => _agents.TryGetValue(id, out var row) ? View(row) : null;

    // What operators do, by way of any verifier.

    public void Enroll(AgentEnrollment enrollment)
    {
        var change = ++_changes;
        _agents.Add(enrollment.Id, new(enrollment) { Revision = change, ChangeId = change });
    }

    public bool ChangeState(AgentId id, OperationalState state) => Change(id, row => row.State = row.State with { OperationalState = state });

    public bool ChangePolicy(AgentId id, string hash) => Change(id, row =>
    {
        row.PolicyHash = hash;
        row.State = row.State with { AppraisalState = default };
    });

    public bool Delete(AgentId id)
    {
        if (!_agents.Remove(id)) return false;
        _deletions.Add((++_changes, id));
        return true;
    }

    public Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct)
    {
        foreach (var shard in shards)
        {
            var epoch = _shards.TryGetValue(shard, out var row) ? row.Epoch : 0;
            _shards[shard] = (mutation == Mutation.EpochIsNotRaised && epoch > 0 ? epoch : epoch + 1, owner);
        }
        return Tokens(shards.Distinct());
    }

    public Task<IReadOnlyList<FencingToken>> RenewEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct)
    {
        List<int> own = [.. shards.Where(shard => _shards.TryGetValue(shard, out var row) && row.Owner == owner)];
        return mutation == Mutation.EpochIsNotRenewed ? Tokens(own) : RaiseEpochsAsync(own, owner, ct);
    }

    public Task<IReadOnlyList<FencingToken>> ReadEpochsAsync(IReadOnlyCollection<int> shards, CancellationToken ct) =>
        Tokens(mutation == Mutation.EpochsAreNotCompared ? [] : shards.Where(_shards.ContainsKey));

    public Task<IReadOnlyList<StoredAgent>> LoadAsync(IReadOnlyCollection<int> shards, CancellationToken ct) =>
        Result<IReadOnlyList<StoredAgent>>([.. Agents.Where(agent => shards.Contains(agent.Enrollment.Shard))]);

    public Task<IReadOnlyList<StoredAgent>> LoadAgentsAsync(IReadOnlyCollection<AgentId> ids, CancellationToken ct) =>
        Result<IReadOnlyList<StoredAgent>>([.. Agents.Where(agent => ids.Contains(agent.Enrollment.Id))]);

    public Task<long> ReadCursorAsync(CancellationToken ct) => Result(_changes + 1);

    public Task<AgentChanges> ChangedSinceAsync(long cursor, IReadOnlyCollection<int> shards, CancellationToken ct)
    {
        var since = cursor <= _changes + 1 ? cursor : 0;
        return Result(new AgentChanges(_changes + 1,
            [.. _agents.Values.Where(row => row.ChangeId >= since && shards.Contains(row.Enrollment.Shard)).OrderBy(row => row.ChangeId)
                .Select(row => new AgentChange(row.Enrollment.Id, row.Revision))],
            [.. _deletions.Where(deletion => deletion.ChangeId >= since).Select(deletion => deletion.Id)]));
    }

    public Task<IReadOnlyList<RefusedWrite>> SaveProgressAsync(IReadOnlyList<AgentWrite> writes, CancellationToken ct) =>
        Result<IReadOnlyList<RefusedWrite>>([.. writes.Select(Save).OfType<RefusedWrite>()]);

    public Task<RefusedWrite?> SaveVerdictAsync(AgentWrite write, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct)
    {
        var refused = Save(write);
        if (refused is null) Append(outbox);
        return Result(refused);
    }

    /// <summary>For <see cref="Mutation.OutboxComesLater"/>: the messages alone.</summary>
    public void Append(IReadOnlyList<OutboxMessage> outbox) => _outbox.AddRange(outbox.Select(message => new StoredMessage(++_sequence, message)));

    public Task<IReadOnlyList<StoredMessage>> ReadAsync(IReadOnlyCollection<int> shards, int limit, CancellationToken ct)
    {
        var read = _outbox.Where(stored => !_agents.TryGetValue(stored.Message.AgentId, out var row) || shards.Contains(row.Enrollment.Shard)).Take(limit).ToList();
        if (mutation == Mutation.MessagesAreDeletedFirst) _outbox.RemoveAll(read.Contains);
        return Result<IReadOnlyList<StoredMessage>>(read);
    }

    public Task DeleteAsync(IReadOnlyCollection<long> sequences, CancellationToken ct)
    {
        _outbox.RemoveAll(stored => sequences.Contains(stored.Sequence));
        return Task.CompletedTask;
    }

    private RefusedWrite? Save(AgentWrite write)
    {
        var epoch = _shards.TryGetValue(write.Token.Shard, out var shard) ? shard.Epoch : 0;
        if (epoch != write.Token.Epoch && mutation != Mutation.EpochIsNotChecked) return new(write.Id, RefusalReason.Fenced);
        if (!_agents.TryGetValue(write.Id, out var row) || row.Enrollment.Shard != write.Token.Shard) return new(write.Id, RefusalReason.Changed);
        if (row.Revision != write.Revision && mutation != Mutation.RevisionIsNotChecked) return new(write.Id, RefusalReason.Changed);
        var now = clock.GetUtcNow();
        if (write.State.LastSuccessfulAttestation is not { } succeeded) row.FreshUntil = null;
        else if (succeeded != row.State.LastSuccessfulAttestation)
            row.FreshUntil = (succeeded < now - write.SucceededAgo || mutation == Mutation.DeadlineByVerifiersClock ? succeeded : now - write.SucceededAgo) + write.State.FreshFor;
        row.State = write.State;
        return null;
    }

    private bool Change(AgentId id, Action<Row> change)
    {
        if (!_agents.TryGetValue(id, out var row)) return false;
        change(row);
        row.Revision = row.ChangeId = ++_changes;
        return true;
    }

    private StoredAgent View(Row row) => new(row.Enrollment, row.State, row.Revision,
        _shards.TryGetValue(row.Enrollment.Shard, out var shard) ? LeaseOwner.TryParse(shard.Owner, out var owner) ? owner.Instance : shard.Owner : null, row.FreshUntil > clock.GetUtcNow())
    {
        RuntimePolicy = new(row.PolicyHash, IsSet: true),
        MeasuredBootPolicy = new("", IsSet: false),
    };

    private Task<IReadOnlyList<FencingToken>> Tokens(IEnumerable<int> shards) =>
        Result<IReadOnlyList<FencingToken>>([.. shards.Select(shard => new FencingToken(shard, _shards[shard].Epoch))]);

    private static Task<T> Result<T>(T result) => Task.FromResult(result);

    private sealed class Row(AgentEnrollment enrollment)
    {
        public AgentEnrollment Enrollment => enrollment;
        public AgentState State { get; set; } = new();
        public string PolicyHash { get; set; } = "first";
        public DateTimeOffset? FreshUntil { get; set; }
        public long Revision { get; set; }
        public long ChangeId { get; set; }
    }
}
