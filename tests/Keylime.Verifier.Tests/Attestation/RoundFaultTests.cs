using Keylime.Attestation.Agents;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Tests.Attestation;

/// <summary>Bugs of ours that one agent brings to light.</summary>
public sealed class RoundFaultTests
{
    private static readonly AttestationOptions Quick = new()
    {
        QuoteInterval = TimeSpan.FromMilliseconds(50),
        RetryInterval = TimeSpan.FromMilliseconds(50),
        RequestTimeout = TimeSpan.FromSeconds(60),
        DrainTimeout = TimeSpan.FromSeconds(1),
    };

    private readonly TestLog _log = new();
    private readonly AgentTransitions _transitions = new(Quick);

    [Fact]
    public async Task What_an_exchange_throws_counts_as_no_answer_until_the_agent_fails()
    {
        using var connections = new AgentConnections(null, TimeSpan.FromMinutes(1));
        using var metrics = new AttestationMetrics(new TestMeters());
        using var policies = new PolicyLibrary(new BrokenPolicies(), Quick);
        var exchange = new AgentExchange(Quick, _transitions, policies, connections, metrics, TimeProvider.System, _log.Of<AgentExchange>());
        var agent = Owned.Agent("agent", _transitions);

        for (var i = 0; i <= Quick.MaxRetries; i++)
        {
            var began = agent.Begin()!;
            Assert.True(agent.Take(began, await exchange.RunAsync(began, default), [], TimeSpan.Zero));
            agent.End();
        }

        Assert.Equal((OperationalState.Failed, "internal.verifier.not_reachable", NextStep.Stop), (agent.Run.State.OperationalState, agent.Run.State.LastEventId, agent.Run.Next));
        Assert.EndsWith("the exchange met a fault of the verifier: InvalidOperationException", agent.Run.State.Reason, StringComparison.Ordinal);
        Assert.Equal(Quick.MaxRetries + 1, _log.Count(EventIds.ExchangeFault));
    }

    [Fact]
    public async Task What_a_round_throws_ends_neither_the_loop_nor_the_asking_of_that_agent()
    {
        var clock = new MonotonicClock(TimeProvider.System);
        using var metrics = new AttestationMetrics(new TestMeters());
        var ownership = Owned.Ownership(clock);
        using var writer = new StateWriter(new NoStates(), new StoreWatch(_log.Of<StoreWatch>()), ownership, new OutboxBell(), clock, metrics, _log.Of<StateWriter>());
        var exchanges = new BrokenExchange();
        var messages = new RevocationMessages(new(), Quick, TimeProvider.System, _log.Of<RevocationMessages>());
        using var loop = new AttestationLoop(Quick, new AttestationRound(exchanges, messages, writer, clock), new OwnedAgents(_transitions), ownership, clock, TimeProvider.System,
            Random.Shared, new Pace(Quick, _log.Of<Pace>()), metrics, _log.Of<AttestationLoop>());
        await loop.StartAsync(default);
        var (good, bad) = (Owned.Agent("good", _transitions), Owned.Agent("bad", _transitions));
        loop.ScheduleNow(good);
        loop.ScheduleNow(bad);

        await Eventually.True(() => exchanges.Asked("good") > 5 && exchanges.Asked("bad") > 5);

        Assert.False(loop.ExecuteTask!.IsCompleted);
        Assert.InRange(_log.Count(EventIds.RoundFault), 5, int.MaxValue);
        await loop.StopAsync(default); // counts what runs down to zero
        Assert.False(good.IsRunning || bad.IsRunning);
    }

    private sealed class BrokenExchange : IAgentExchange
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _asked = new();

        public int Asked(string id) => _asked.GetValueOrDefault(id);

        public Task<Transition> RunAsync(Exchange exchange, CancellationToken ct)
        {
            _asked.AddOrUpdate(exchange.Agent.Id.Value, 1, (_, count) => count + 1);
            return exchange.Agent.Id.Value == "bad"
                ? throw new InvalidOperationException("a bug")
                : Task.FromResult(new Transition(exchange.Run, null, VerdictChanged: false, []));
        }
    }

    private sealed class BrokenPolicies : IPolicyStore
    {
        public Task<StoredPolicy?> FindAsync(PolicyKind kind, string name, CancellationToken ct) => throw new InvalidOperationException("a bug");
        public Task<IReadOnlyList<string>> ListNamesAsync(PolicyKind kind, CancellationToken ct) => throw new NotSupportedException();
        public Task<bool> AddAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct) => throw new NotSupportedException();
        public Task<bool> UpdateAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct) => throw new NotSupportedException();
        public Task<DeletePolicyOutcome> DeleteAsync(PolicyKind kind, string name, CancellationToken ct) => throw new NotSupportedException();
    }

    private sealed class NoStates : IAgentStateStore
    {
        public Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<FencingToken>> RenewEpochsAsync(IReadOnlyCollection<int> shards, string owner, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<FencingToken>> ReadEpochsAsync(IReadOnlyCollection<int> shards, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<StoredAgent>> LoadAsync(IReadOnlyCollection<int> shards, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<StoredAgent>> LoadAgentsAsync(IReadOnlyCollection<AgentId> ids, CancellationToken ct) => throw new NotSupportedException();
        public Task<long> ReadCursorAsync(CancellationToken ct) => throw new NotSupportedException();
        public Task<AgentChanges> ChangedSinceAsync(long cursor, IReadOnlyCollection<int> shards, CancellationToken ct) => throw new NotSupportedException();
        public Task<IReadOnlyList<RefusedWrite>> SaveProgressAsync(IReadOnlyList<AgentWrite> writes, CancellationToken ct) => throw new NotSupportedException();
        public Task<RefusedWrite?> SaveVerdictAsync(AgentWrite write, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct) => throw new NotSupportedException();
    }
}
