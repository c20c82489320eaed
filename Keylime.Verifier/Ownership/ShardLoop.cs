using Keylime.Attestation.Agents;
using Keylime.Sharding;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Ownership;

/// <summary>Carries out what <see cref="ShardOwnership"/> plans: takes shards up, gives them away, flushes, and follows operators' changes.
/// One thing after the other, so that no change slips between loading a shard and listening for its changes.</summary>
internal sealed partial class ShardLoop(
    ShardOwnership ownership, IAgentStateStore store, OwnedAgents agents, AttestationLoop attestation, StateWriter writer, StoreWatch watch, OutboxBell outboxBell, LeaseBell leaseBell,
    OwnershipMetrics metrics, LeaseOwner owner,
    AttestationOptions options, MonotonicClock clock, TimeProvider time, ILogger<ShardLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ChangePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EpochPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FaultPause = TimeSpan.FromSeconds(1);
    // How long a shard's running exchanges may still end before it is given away. A successor asks their agents anew.
    private static readonly TimeSpan HandOverPatience = TimeSpan.FromSeconds(1);
    // A verifier that has just started is slow with its first handshakes: those of a part of its agents only wait for them.
    private const int HandedOverAtOnce = 64;

    // Shards whose agents are loaded here. Their changes count even while a lease is not usable for a moment: a change is told only once.
    // Swapped whole, never mutated, so that others may read it.
    private volatile HashSet<int> _loaded = [];
    // Since when shards that are to be given away wait for a verdict to be written.
    private readonly Dictionary<int, TimeSpan> _openSince = [];
    private TimeSpan _flushedAt, _askedAt, _comparedAt;
    private long? _cursor;

    /// <summary>Shards whose agents are polled here.</summary>
    public IReadOnlySet<int> Loaded => _loaded;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                try
                {
                    await StepAsync(stoppingToken);
                }
                // What one agent or row brings about is fenced where it is met. Whatever else it is would, as likely as not, go with the shards to their next owner: this one goes on with what it has.
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogStepFault(e);
                    await Task.Delay(FaultPause, time, stoppingToken);
                }
        }
        finally
        {
            await LeaveAsync();
        }
    }

    private async Task StepAsync(CancellationToken ct)
    {
        var plan = ownership.PlanShards(clock.Now);
        Drop(plan.Drop);
        try
        {
            if (clock.Now - _flushedAt >= options.FlushPeriod)
            {
                _flushedAt = clock.Now;
                await WriteAsync(ct);
            }
            await CompareEpochsAsync(ct);
            await HandOverAsync(plan.Drain, ct);
            await FollowChangesAsync(ct);
            await StartAsync(plan.Start, ct);
        }
        catch (StoreUnavailableException e)
        {
            // An outage skips what is left of the step; the next plan asks for it again. The database that answers next may be another one, which has
            // counted our cursor's changes differently: everything is asked for again, and little of it will be new.
            if (_cursor is not null) _cursor = AgentChanges.None.Cursor;
            WriteVerdictsAgain();
            watch.Lost(e);
        }
    }

    /// <summary>The database that answers next may lack what was committed last (a fail-over with loss, a backup). Agents that are asked are written again by
    /// themselves; those that failed are not, and would be shown as they were before for as long as nobody else takes them up.</summary>
    private void WriteVerdictsAgain()
    {
        foreach (var agent in agents.InShards(_loaded).Where(agent => agent.Run.Next == NextStep.Stop))
        {
            agent.WriteAgain();
            writer.Enqueue(agent);
        }
    }

    private void Drop(IReadOnlyList<int> shards)
    {
        if (shards.Count == 0) return;
        Forget(shards);
        metrics.Dropped(shards.Count);
        LogDropped(shards.Count);
    }

    private async Task WriteAsync(CancellationToken ct)
    {
        if (ownership.Doubtful is { Count: > 0 } shards) ownership.Renewed(shards, await store.RenewEpochsAsync(shards, owner.ToString(), ct));
        await writer.FlushAsync(ct);
    }

    private async Task CompareEpochsAsync(CancellationToken ct)
    {
        if (_loaded.Count == 0 || clock.Now - _comparedAt < EpochPeriod) return;
        _comparedAt = clock.Now;
        ownership.EpochsAre(await store.ReadEpochsAsync(_loaded, ct));
    }

    private async Task HandOverAsync(IReadOnlyList<int> draining, CancellationToken ct)
    {
        if (draining.Count == 0) return;
        var shards = draining.OrderBy(_openSince.ContainsKey).Take(HandedOverAtOnce).ToList();
        // While the store is out of reach the agents go on being attested here: this throws, and the plan comes again.
        await WriteAsync(ct);
        var leaving = agents.InShards(shards);
        foreach (var agent in leaving) agent.IsRetiring = true;
        var deadline = clock.Now + HandOverPatience;
        while (clock.Now < deadline && leaving.Any(agent => agent.IsRunning)) await Task.Delay(TimeSpan.FromMilliseconds(20), time, ct);
        try
        {
            await WriteAsync(ct);
        }
        catch
        {
            foreach (var agent in leaving) agent.IsRetiring = false;
            throw;
        }
        var ready = shards.Except(ShardsToWaitFor(leaving)).ToList();
        foreach (var shard in ready) _openSince.Remove(shard);
        Forget(ready);
        ownership.Drained(ready);
        leaseBell.Ring();
        metrics.HandedOver(ready.Count);
        if (ready.Count > 0) LogHandedOver(ready.Count);
    }

    /// <summary>Shards with a verdict that is not written yet, because an operator's change to its agent is on its way to us or because it fell just now. The
    /// successor begins from what is stored, so they are kept for the next plan; not for ever, lest one agent keep its shard here.</summary>
    private HashSet<int> ShardsToWaitFor(IReadOnlyList<OwnedAgent> leaving)
    {
        var open = leaving.Where(agent => agent is { VerdictIsOpen: true, IsForgotten: false }).Select(agent => agent.Shard).ToHashSet();
        foreach (var shard in open) _openSince.TryAdd(shard, clock.Now);
        open.RemoveWhere(shard => clock.Now - _openSince[shard] >= options.DrainTimeout);
        foreach (var agent in leaving.Where(agent => open.Contains(agent.Shard))) agent.IsRetiring = false;
        return open;
    }

    private async Task StartAsync(IReadOnlyList<int> shards, CancellationToken ct)
    {
        if (shards.Count == 0) return;
        var tokens = await store.RaiseEpochsAsync(shards, owner.ToString(), ct);
        var loaded = await store.LoadAsync(shards, ct);
        var accepted = ownership.Started(tokens).Select(token => token.Shard).ToHashSet();
        _loaded = _loaded.Union(accepted).ToHashSet();
        attestation.Schedule(loaded.Where(stored => accepted.Contains(stored.Enrollment.Shard)).Select(Put).OfType<OwnedAgent>().ToList());
        metrics.Started(accepted.Count);
        LogStarted(accepted.Count, loaded.Count);
        // The last owner may have left messages.
        outboxBell.Ring();
    }

    private async Task FollowChangesAsync(CancellationToken ct)
    {
        if (_cursor is not null && clock.Now - _askedAt < ChangePeriod) return;
        _askedAt = clock.Now;
        if (_cursor is { } cursor) await TakeChangesAsync(cursor, ct);
        else _cursor = await store.ReadCursorAsync(ct);
        // Reading proves little where writing fails: then the next write that succeeds says so.
        if (!writer.HasWaiting) watch.Reached();
    }

    private async Task TakeChangesAsync(long cursor, CancellationToken ct)
    {
        var changes = await store.ChangedSinceAsync(cursor, _loaded, ct);
        var changed = await store.LoadAgentsAsync(changes.Changed.Where(IsNews).Select(change => change.Id).ToList(), ct);
        foreach (var id in changes.Deleted)
            if (agents.Find(id) is { } agent) Forget(agent);
        foreach (var stored in changed) TakeUp(stored);
        _cursor = changes.Cursor;
    }

    private bool IsNews(AgentChange change) => agents.Find(change.Id)?.Revision != change.Revision;

    // An agent whose policy alone has changed keeps its place on the wheel: thousands may share that policy.
    private void TakeUp(StoredAgent stored)
    {
        var known = agents.Find(stored.Enrollment.Id);
        if (Put(stored) is not { } begun) return;
        if (known is not null) attestation.Unschedule(known);
        attestation.ScheduleNow(begun);
    }

    private OwnedAgent? Put(StoredAgent stored)
    {
        try
        {
            return agents.Put(stored);
        }
#pragma warning disable CA1031 // One agent that cannot be taken up must not keep its shard, and all that come after it, from being.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogUnusable(e, stored.Enrollment.Id.Value);
            return null;
        }
    }

    private void Forget(IReadOnlyList<int> shards)
    {
        foreach (var agent in agents.InShards(shards)) Forget(agent);
        _loaded = _loaded.Except(shards).ToHashSet();
    }

    private void Forget(OwnedAgent agent)
    {
        attestation.Unschedule(agent);
        agents.Remove(agent);
    }

    // Shutting down: the attestation loop, which stops first, has let its exchanges end; what they found is written, then everything is given away.
    private async Task LeaveAsync()
    {
        using var patience = new CancellationTokenSource(options.DrainTimeout / 4, time);
        try
        {
            await WriteAsync(patience.Token);
            // Verdicts that met an operator's change wait for it.
            while (agents.InShards(_loaded).Any(agent => agent.VerdictIsOpen))
            {
                await Task.Delay(Period, time, patience.Token);
                await FollowChangesAsync(patience.Token);
                await WriteAsync(patience.Token);
            }
        }
        catch (StoreUnavailableException e)
        {
            watch.Lost(e); // What is not written is attested anew by whoever comes next.
        }
        catch (OperationCanceledException)
        {
            // The store is too slow to wait for; likewise.
        }
#pragma warning disable CA1031 // Likewise. The shards are to be given away all the same.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogStepFault(e);
        }
        ownership.Leave();
        var plan = ownership.PlanShards(clock.Now);
        Forget(plan.Drain);
        ownership.Drained(plan.Drain);
    }

    [LoggerMessage(EventIds.ShardsStarted, LogLevel.Information, "Took up {Shards} shards with {Agents} agents")]
    private partial void LogStarted(int shards, int agents);

    [LoggerMessage(EventIds.AgentUnusable, LogLevel.Error, "Agent {AgentId} cannot be taken up, it is left out")]
    private partial void LogUnusable(Exception fault, string agentId);

    [LoggerMessage(EventIds.ShardStepFault, LogLevel.Error, "Work on the owned shards met a fault; it goes on")]
    private partial void LogStepFault(Exception fault);

    [LoggerMessage(EventIds.ShardsDropped, LogLevel.Warning, "Lost {Shards} shards")]
    private partial void LogDropped(int shards);

    [LoggerMessage(EventIds.ShardsHandedOver, LogLevel.Information, "Handed over {Shards} shards")]
    private partial void LogHandedOver(int shards);
}
