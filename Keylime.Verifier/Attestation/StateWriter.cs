using System.Collections.Concurrent;
using Keylime.Attestation.Agents;
using Keylime.Sharding;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Attestation;

/// <summary>Takes what the exchanges found to the store: a verdict that changed at once, everything else in one statement per flush.</summary>
/// <remarks>In an outage nothing is lost and nothing blocks: agents stay queued with their newest state and all their messages.</remarks>
internal sealed partial class StateWriter(
    IAgentStateStore store, StoreWatch watch, ShardOwnership ownership, OutboxBell bell, MonotonicClock clock, AttestationMetrics metrics, ILogger<StateWriter> logger) : IDisposable
{
    // Each verdict is a transaction. Ten thousand first passes at once must leave connections to the API and to the flush.
    private const int VerdictsAtOnce = 6;

    private readonly ConcurrentQueue<OwnedAgent> _queue = new();
    private readonly SemaphoreSlim _verdictPlaces = new(VerdictsAtOnce);

    /// <summary>Whether anything waits to be written.</summary>
    public bool HasWaiting => !_queue.IsEmpty;

    public void Enqueue(OwnedAgent agent)
    {
        if (Interlocked.Exchange(ref agent.Queued, 1) == 0) _queue.Enqueue(agent);
    }

    /// <summary>Writes a verdict. In an outage it stays open, and the next flush tries again.</summary>
    public async Task SaveVerdictAsync(OwnedAgent agent, CancellationToken ct)
    {
        if (!watch.IsReachable)
        {
            Enqueue(agent);
            return;
        }
        try
        {
            await WriteVerdictAsync(agent, ct);
        }
        catch (StoreUnavailableException e)
        {
            watch.Lost(e);
        }
    }

    /// <summary>Writes everything that waits.</summary>
    /// <exception cref="StoreUnavailableException">Nothing, or not all, could be written; it waits on.</exception>
    public async Task FlushAsync(CancellationToken ct)
    {
        var batch = new List<(PendingWrite Write, FencingToken Token)>();
        var verdicts = new List<OwnedAgent>();
        try
        {
            Collect(batch, verdicts);
            await WriteProgressAsync(batch, ct);
        }
        finally
        {
            foreach (var (write, _) in batch) write.Agent.Writing.Release();
            foreach (var agent in verdicts) Enqueue(agent);
        }
        var left = new ConcurrentQueue<OwnedAgent>(verdicts);
        await Task.WhenAll(Enumerable.Range(0, VerdictsAtOnce).Select(_ => WriteVerdictsAsync(left, ct)));
    }

    public void Dispose() => _verdictPlaces.Dispose();

    private async Task WriteVerdictsAsync(ConcurrentQueue<OwnedAgent> left, CancellationToken ct)
    {
        try
        {
            while (left.TryDequeue(out var agent)) await WriteVerdictAsync(agent, ct);
        }
        finally
        {
            // One that failed is enough: in an outage, each of ten thousand would wait for its time limit.
            left.Clear();
        }
    }

    private void Collect(List<(PendingWrite, FencingToken)> batch, List<OwnedAgent> verdicts)
    {
        for (var count = _queue.Count; count > 0 && _queue.TryDequeue(out var agent); count--)
        {
            Volatile.Write(ref agent.Queued, 0);
            // Somebody is writing it right now, perhaps an older state.
            if (!agent.Writing.Wait(0))
            {
                Enqueue(agent);
                continue;
            }
            var write = agent.TakeWrite();
            if (write is { IsVerdict: false } && TryGetToken(agent, out var token))
            {
                batch.Add((write, token));
                continue;
            }
            agent.Writing.Release();
            if (write is { IsVerdict: true }) verdicts.Add(agent);
            // An open verdict that an operator's change holds up waits here for the change to arrive; nothing else would bring it back.
            else if (write is not null || (agent.VerdictIsOpen && !agent.IsForgotten)) Enqueue(agent);
        }
    }

    private async Task WriteProgressAsync(List<(PendingWrite Write, FencingToken Token)> batch, CancellationToken ct)
    {
        if (batch.Count == 0) return;
        try
        {
            var refused = (await store.SaveProgressAsync(batch.ConvertAll(item => ToAgentWrite(item.Write, item.Token)), ct))
                .ToDictionary(refusal => refusal.Id, refusal => refusal.Reason);
            foreach (var (write, token) in batch)
                Settle(write, token, refused.TryGetValue(write.Agent.Id, out var reason) ? reason : null);
            watch.Reached();
            metrics.Flushed(batch.Count);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            foreach (var (write, token) in batch)
            {
                ownership.Doubt(token);
                Enqueue(write.Agent);
            }
            throw;
        }
    }

    private async Task WriteVerdictAsync(OwnedAgent agent, CancellationToken ct)
    {
        // Queued first: whatever happens to this attempt, the next flush looks at the agent again.
        Enqueue(agent);
        // Waited for without the token: whoever holds a place has one too, and gives way.
        await _verdictPlaces.WaitAsync(CancellationToken.None);
        try
        {
            await agent.Writing.WaitAsync(CancellationToken.None);
            try
            {
                await WriteOpenVerdictAsync(agent, ct);
            }
            finally
            {
                agent.Writing.Release();
            }
        }
        finally
        {
            _verdictPlaces.Release();
        }
    }

    private async Task WriteOpenVerdictAsync(OwnedAgent agent, CancellationToken ct)
    {
        if (agent.TakeWrite() is not { IsVerdict: true } write || !TryGetToken(agent, out var token)) return;
        RefusedWrite? refused;
        try
        {
            refused = await store.SaveVerdictAsync(ToAgentWrite(write, token), write.Outbox, ct);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            ownership.Doubt(token);
            throw;
        }
        watch.Reached();
        if (write.Outbox.Count > 0) bell.Ring();
        if (Settle(write, token, refused?.Reason)) LogVerdict(agent.Id.Value, write.Run.State.OperationalState, write.Run.State.Reason ?? "");
    }

    private bool TryGetToken(OwnedAgent agent, out FencingToken token) => ownership.TryGetWriteToken(agent.Shard, clock.Now, out token);

    private AgentWrite ToAgentWrite(PendingWrite write, FencingToken token) =>
        new(write.Agent.Id, write.Run.ToStored() with { EffectiveInterval = write.Agent.EffectiveInterval }, write.Revision, token)
        {
            SucceededAgo = write.SucceededAt is { } at ? clock.Now - at : TimeSpan.Zero,
        };

    /// <summary>Takes in the answer for one agent. True: saved.</summary>
    private bool Settle(PendingWrite write, FencingToken token, RefusalReason? refusal)
    {
        switch (refusal)
        {
            case null:
                write.Agent.Written(write);
                return true;
            case RefusalReason.Fenced:
                LogFenced(token.Shard, token.Epoch);
                ownership.Fenced(token);
                return false;
            default:
                write.Agent.RefusedAsChanged(write);
                return false;
        }
    }

    [LoggerMessage(EventIds.VerdictSaved, LogLevel.Information, "Agent {AgentId} is now in state {State}: {Reason}")]
    private partial void LogVerdict(string agentId, Protocol.OperationalState state, string reason);

    [LoggerMessage(EventIds.Fenced, LogLevel.Warning, "Shard {Shard} has an owner newer than epoch {Epoch}; it is given up")]
    private partial void LogFenced(int shard, long epoch);
}
