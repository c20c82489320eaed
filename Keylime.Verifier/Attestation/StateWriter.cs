using System.Collections.Concurrent;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Attestation;

/// <summary>Takes what the exchanges found to the store: a verdict that changed at once, everything else in one statement per flush.</summary>
/// <remarks>In an outage nothing is lost and nothing blocks: agents stay queued with their newest state and all their messages. So does a single one whose state the
/// store does not take, a value that the database refuses or a bug of ours: it is told of, set apart, and tried by itself; the others are written.</remarks>
internal sealed partial class StateWriter(
    IAgentStateStore store, StoreWatch watch, ShardOwnership ownership, OutboxBell bell, MonotonicClock clock, AttestationMetrics metrics, ILogger<StateWriter> logger) : IDisposable
{
    // Each verdict is a transaction. Ten thousand first passes at once must leave connections to the API and to the flush.
    private const int VerdictsAtOnce = 6;
    // Statements of one flush, when its batch fails: some nine unwritable agents among ten thousand are found within, the next ones by the next flush.
    private const int PartsPerFlush = 256;
    // Of those set apart.
    private const int TrialsPerFlush = 16;

    private readonly ConcurrentQueue<OwnedAgent> _queue = new();
    private readonly SemaphoreSlim _verdictPlaces = new(VerdictsAtOnce);

    /// <summary>Whether anything waits to be written that is likely to be.</summary>
    public bool HasWaiting => _queue.Any(agent => !agent.IsUnwritable);

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
        var (batch, apart, verdicts) = (new List<TokenedWrite>(), new List<TokenedWrite>(), new List<OwnedAgent>());
        try
        {
            Collect(batch, apart, verdicts);
            await WriteProgressAsync(batch, apart, ct);
        }
        catch
        {
            // Those that were written are found to be so when they are looked at again.
            foreach (var (write, _) in batch.Concat(apart)) Enqueue(write.Agent);
            throw;
        }
        finally
        {
            foreach (var (write, _) in batch.Concat(apart)) write.Agent.Writing.Release();
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

    private void Collect(List<TokenedWrite> batch, List<TokenedWrite> apart, List<OwnedAgent> verdicts)
    {
        var trials = TrialsPerFlush;
        for (var count = _queue.Count; count > 0 && _queue.TryDequeue(out var agent); count--)
        {
            Volatile.Write(ref agent.Queued, 0);
            // Not its turn, or somebody is writing it right now, perhaps an older state.
            if ((agent.IsUnwritable && trials-- <= 0) || !agent.Writing.Wait(0))
            {
                Enqueue(agent);
                continue;
            }
            var write = agent.TakeWrite();
            if (write is { IsVerdict: false } && TryGetToken(agent, out var token))
            {
                (agent.IsUnwritable ? apart : batch).Add(new(write, token));
                continue;
            }
            agent.Writing.Release();
            if (write is { IsVerdict: true }) verdicts.Add(agent);
            // An open verdict that an operator's change holds up waits here for the change to arrive; nothing else would bring it back.
            else if (write is not null || (agent.VerdictIsOpen && !agent.IsForgotten)) Enqueue(agent);
        }
    }

    /// <summary>Writes a batch in one statement. A part that fails is halved, down to the agents that are to blame: found by twice the logarithm of the number of
    /// statements, and before they are, half of the others is written already.</summary>
    private async Task WriteProgressAsync(List<TokenedWrite> batch, List<TokenedWrite> apart, CancellationToken ct)
    {
        var parts = new Stack<List<TokenedWrite>>(apart.Select(one => (List<TokenedWrite>)[one]));
        if (batch.Count > 0) parts.Push(batch);
        for (var statements = apart.Count + PartsPerFlush; statements > 0 && parts.TryPop(out var part); statements--)
            if (!await TryWritePartAsync(part, ct) && part.Count > 1)
            {
                parts.Push(part[(part.Count / 2)..]);
                parts.Push(part[..(part.Count / 2)]);
            }
        foreach (var (write, _) in parts.SelectMany(part => part)) Enqueue(write.Agent);
    }

    private async Task<bool> TryWritePartAsync(List<TokenedWrite> part, CancellationToken ct)
    {
        Dictionary<AgentId, RefusalReason> refused;
        try
        {
            refused = (await store.SaveProgressAsync(part.ConvertAll(ToAgentWrite), ct)).ToDictionary(refusal => refusal.Id, refusal => refusal.Reason);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            foreach (var (_, token) in part) ownership.Doubt(token);
            throw;
        }
#pragma warning disable CA1031 // One agent's state must not keep those of the others from being written.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Not in doubt: this is an answer, or was never sent. Nothing is under way.
            if (part is [var (write, _)]) SetApart(write.Agent, e);
            return false;
        }
        foreach (var (write, token) in part) Settle(write, token, refused.TryGetValue(write.Agent.Id, out var reason) ? reason : null);
        watch.Reached();
        metrics.Flushed(part.Count);
        return true;
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
            refused = await store.SaveVerdictAsync(ToAgentWrite(new(write, token)), write.Outbox, ct);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            ownership.Doubt(token);
            throw;
        }
#pragma warning disable CA1031 // As above; it is queued already.
        catch (Exception e)
#pragma warning restore CA1031
        {
            SetApart(agent, e);
            return;
        }
        watch.Reached();
        if (write.Outbox.Count > 0) bell.Ring();
        if (Settle(write, token, refused?.Reason)) LogVerdict(agent.Id.Value, write.Run.State.OperationalState, write.Run.State.Reason ?? "");
    }

    private bool TryGetToken(OwnedAgent agent, out FencingToken token) => ownership.TryGetWriteToken(agent.Shard, clock.Now, out token);

    private AgentWrite ToAgentWrite(TokenedWrite tokened)
    {
        var write = tokened.Write;
        return new(write.Agent.Id, write.Run.ToStored() with { EffectiveInterval = write.Agent.EffectiveInterval }, write.Revision, tokened.Token)
        {
            SucceededAgo = write.SucceededAt is { } at ? clock.Now - at : TimeSpan.Zero,
        };
    }

    private void SetApart(OwnedAgent agent, Exception cause)
    {
        // Tried alone, now and then, its failure costs one statement, and a line in the log.
        agent.IsUnwritable = true;
        Enqueue(agent);
        LogUnwritable(cause, agent.Id.Value);
    }

    /// <summary>Takes in the answer for one agent. True: saved.</summary>
    private bool Settle(PendingWrite write, FencingToken token, RefusalReason? refusal)
    {
        write.Agent.IsUnwritable = false;
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
    private partial void LogVerdict(string agentId, OperationalState state, string reason);

    [LoggerMessage(EventIds.StateUnwritable, LogLevel.Error, "State of agent {AgentId} cannot be written; it is tried again, and the others are written")]
    private partial void LogUnwritable(Exception cause, string agentId);

    [LoggerMessage(EventIds.Fenced, LogLevel.Warning, "Shard {Shard} has an owner newer than epoch {Epoch}; it is given up")]
    private partial void LogFenced(int shard, long epoch);

    private readonly record struct TokenedWrite(PendingWrite Write, FencingToken Token);
}
