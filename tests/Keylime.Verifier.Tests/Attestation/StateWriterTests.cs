using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Tests.Attestation;

/// <summary>Against a store that refuses what is poison, as a database refuses a value that it cannot hold.</summary>
public sealed class StateWriterTests : IDisposable
{
    private const int Count = 1000;

    private readonly TestLog _log = new();
    private readonly RefusingStore _store = new();
    private readonly AgentTransitions _transitions = new(new());
    private readonly AttestationMetrics _metrics;
    private readonly ShardOwnership _ownership;
    private readonly StateWriter _writer;
    private readonly List<OwnedAgent> _agents;

    public StateWriterTests()
    {
        var clock = new MonotonicClock(TimeProvider.System);
        _metrics = new(new TestMeters());
        _ownership = Owned.Ownership(clock);
        _writer = new(_store, new StoreWatch(_log.Of<StoreWatch>()), _ownership, new OutboxBell(), clock, _metrics, _log.Of<StateWriter>());
        _agents = [.. Enumerable.Range(0, Count).Select(i => Owned.Agent($"agent-{i}", _transitions))];
    }

    public void Dispose()
    {
        _writer.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Poison_in_a_batch_costs_a_few_statements_and_keeps_nobody_else_from_being_written()
    {
        foreach (var i in (int[])[0, 500, 999]) _store.Poison.Add(_agents[i].Id);
        Progress(_agents);

        await _writer.FlushAsync(default);

        Assert.Equal(Count - 3, _store.Written.Count);
        Assert.InRange(_store.Statements, 2, 70);
        Assert.Equal(3, _log.Count(EventIds.StateUnwritable));
        Assert.Empty(_ownership.Doubtful);
    }

    [Fact]
    public async Task Poison_is_tried_apart_afterwards_and_written_when_it_can_be()
    {
        _store.Poison.Add(_agents[7].Id);
        Progress(_agents);
        await _writer.FlushAsync(default);
        Assert.False(_writer.HasWaiting);
        Progress(_agents);
        _store.Statements = 0;

        await _writer.FlushAsync(default);
        Assert.Equal(2, _store.Statements);

        _store.Poison.Clear();
        await _writer.FlushAsync(default);
        Assert.Contains(_agents[7].Id, _store.Written);
        Progress(_agents);
        _store.Statements = 0;
        await _writer.FlushAsync(default);
        Assert.Equal(1, _store.Statements);
    }

    [Fact]
    public async Task A_verdict_that_is_refused_stays_open_with_its_message_and_the_others_are_written()
    {
        _store.Poison.Add(_agents[0].Id);
        foreach (var agent in _agents.Take(20)) Take(agent, _transitions.Broken(agent.Run, "x"), new OutboxMessage(OutboxMessage.Revocation, agent.Id, "{}"));

        await _writer.SaveVerdictAsync(_agents[0], default);
        foreach (var agent in _agents.Take(20)) _writer.Enqueue(agent);
        await _writer.FlushAsync(default);

        Assert.Equal(_agents.Take(20).Skip(1).Select(agent => agent.Id).Order(), _store.Written.Order());
        Assert.True(_agents[0].VerdictIsOpen);
        _store.Poison.Clear();
        await _writer.FlushAsync(default);
        Assert.False(_agents[0].VerdictIsOpen);
        Assert.Equal(20, _store.Told);
        Assert.Empty(_ownership.Doubtful);
    }

    [Fact]
    public async Task Where_everything_is_refused_a_flush_ends_and_everything_waits()
    {
        foreach (var agent in _agents) _store.Poison.Add(agent.Id);
        Progress(_agents);
        await _writer.FlushAsync(default);
        Assert.InRange(_store.Statements, 1, 300);
        _store.Poison.Clear();

        while (_store.Written.Count < Count) await _writer.FlushAsync(default);

        Progress(_agents);
        _store.Statements = 0;
        await _writer.FlushAsync(default);
        Assert.Equal(1, _store.Statements);
    }

    [Fact]
    public async Task An_outage_amid_the_search_for_poison_is_an_outage_and_nothing_is_lost()
    {
        _store.Poison.Add(_agents[999].Id);
        _store.FailsAt = 3;
        Progress(_agents);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _writer.FlushAsync(default));

        Assert.Equal([0], _ownership.Doubtful);
        _ownership.Renewed([0], [new(0, 2)]);
        await _writer.FlushAsync(default);
        Assert.Equal(Count - 1, _store.Written.Count);
    }

    private void Progress(IEnumerable<OwnedAgent> agents)
    {
        foreach (var agent in agents)
        {
            Take(agent, new(agent.Run with { State = agent.Run.State with { AttestationCount = agent.Run.State.AttestationCount + 1 } }, null, VerdictChanged: false, []));
            _writer.Enqueue(agent);
        }
    }

    private static void Take(OwnedAgent agent, Transition transition, params OutboxMessage[] messages)
    {
        Assert.True(agent.Take(agent.Begin()!, transition, messages, TimeSpan.Zero));
        agent.End();
    }

    private sealed class RefusingStore : IAgentStateStore
    {
        public HashSet<AgentId> Poison { get; } = [];
        public HashSet<AgentId> Written { get; } = [];
        public int Statements { get; set; }
        public int FailsAt { get; set; }
        public int Told { get; private set; }

        public Task<IReadOnlyList<RefusedWrite>> SaveProgressAsync(IReadOnlyList<AgentWrite> writes, CancellationToken ct)
        {
            lock (Written)
            {
                if (++Statements == FailsAt) throw new StoreUnavailableException("gone", null);
                if (writes.Any(write => Poison.Contains(write.Id))) throw new InvalidOperationException("refused");
                Written.UnionWith(writes.Select(write => write.Id));
                return Task.FromResult<IReadOnlyList<RefusedWrite>>([]);
            }
        }

        public async Task<RefusedWrite?> SaveVerdictAsync(AgentWrite write, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct)
        {
            await SaveProgressAsync([write], ct);
            lock (Written) Told += outbox.Count;
            return null;
        }

        public Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<FencingToken>> RenewEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<FencingToken>> ReadEpochsAsync(IReadOnlyCollection<int> shards, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<StoredAgent>> LoadAsync(IReadOnlyCollection<int> shards, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<StoredAgent>> LoadAgentsAsync(IReadOnlyCollection<AgentId> ids, CancellationToken ct) => throw new NotSupportedException();
        public Task<long> ReadCursorAsync(CancellationToken ct) => throw new NotSupportedException();
        public Task<AgentChanges> ChangedSinceAsync(long cursor, IReadOnlyCollection<int> shards, CancellationToken ct) => throw new NotSupportedException();
    }
}
