using Keylime.Attestation.Agents;
using Keylime.Sharding;

namespace Keylime.Verifier.Attestation;

/// <summary>Asks every owned agent when it is due. One ticking loop; each exchange runs by itself, so that a slow agent delays nobody.</summary>
internal sealed partial class AttestationLoop : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestSpread = TimeSpan.FromSeconds(1);
    // About what a handshake takes of a core.
    private static readonly TimeSpan SpreadPerAgent = TimeSpan.FromMilliseconds(1);

    private readonly AttestationOptions _options;
    private readonly AttestationRound _round;
    private readonly ShardOwnership _ownership;
    private readonly MonotonicClock _clock;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Pace _pace;
    private readonly AttestationMetrics _metrics;
    private readonly ILogger<AttestationLoop> _logger;

    private readonly TimerWheel<OwnedAgent> _wheel = new(Tick);
    private readonly ExchangeLanes _lanes = new();
    private readonly CancellationTokenSource _abort = new();
    private int _running;
    private volatile bool _stopping;

    public AttestationLoop(AttestationOptions options, AttestationRound round, OwnedAgents agents, ShardOwnership ownership, MonotonicClock clock,
        TimeProvider time, Random random, Pace pace, AttestationMetrics metrics, ILogger<AttestationLoop> logger)
    {
        (_options, _round, _ownership, _clock, _time, _random, _pace, _metrics, _logger) = (options, round, ownership, clock, time, random, pace, metrics, logger);
        metrics.Observe(() => agents.Count, () => _lanes.Waiting, () => pace.EffectiveInterval, options.QuoteInterval);
    }

    /// <summary>When the wheel last turned; a loop that is stuck shows here.</summary>
    public TimeSpan LastTick { get; private set; }

    /// <summary>Puts agents on the wheel when they are due after their last answer. Those that are overdue, as after a take-over, come soon and a little
    /// spread, so that their handshakes do not come all at once.</summary>
    public void Schedule(IEnumerable<OwnedAgent> agents)
    {
        var (now, utcNow) = (_clock.Now, _time.GetUtcNow());
        var overdue = new List<OwnedAgent>();
        foreach (var agent in agents)
        {
            if (agent.Run.Next == NextStep.Stop) continue;
            var age = utcNow - (agent.Run.State.LastReceivedQuote ?? DateTimeOffset.MinValue);
            // A clock that was set back must not postpone the next quote beyond the interval.
            var wait = age < TimeSpan.Zero ? TimeSpan.Zero : _options.QuoteInterval - age;
            if (wait > TimeSpan.Zero) Arm(agent, now + wait);
            else overdue.Add(agent);
        }
        var spread = new[] { SpreadPerAgent * overdue.Count, _options.QuoteInterval, LongestSpread }.Min();
        foreach (var agent in overdue) Arm(agent, now + spread * _random.NextDouble());
    }

    /// <summary>Asks an agent as soon as possible: one that was just added or reactivated.</summary>
    public void ScheduleNow(OwnedAgent agent)
    {
        if (agent.Run.Next != NextStep.Stop) Arm(agent, _clock.Now);
    }

    public void Unschedule(OwnedAgent agent) => _wheel.Disarm(agent.Timer);

    /// <summary>Stops asking, and waits for what runs, but no longer than half of the drain time: the rest is for writing it down.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        var deadline = _clock.Now + _options.DrainTimeout / 2;
        while (Volatile.Read(ref _running) > 0 && _clock.Now < deadline && !cancellationToken.IsCancellationRequested) await Task.Delay(Tick, _time, CancellationToken.None);
        _abort.Cancel();
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _abort.Dispose();
        _lanes.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, _time);
        var due = new List<OwnedAgent>();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            LastTick = _clock.Now;
            _pace.Turn(LastTick);
            if (_stopping) continue;
            _wheel.Advance(LastTick, due);
            foreach (var agent in due) _ = AskAsync(agent);
            due.Clear();
        }
    }

    private async Task AskAsync(OwnedAgent agent)
    {
        Interlocked.Increment(ref _running);
        var lane = agent.Lane;
        try
        {
            await _lanes.EnterAsync(lane, _abort.Token);
            NextRound next;
            try
            {
                // The right to ask may have gone while the agent waited; whoever has it now does the asking.
                if (agent.IsForgotten || !_ownership.TryGetToken(agent.Shard, _clock.Now, out _)) next = NextRound.AtInterval;
                else
                {
                    Started(agent, lane);
                    next = await _round.RunAsync(agent, _abort.Token);
                }
            }
            finally
            {
                _lanes.Leave(lane);
            }
            Reschedule(agent, next);
        }
        catch (Exception) when (_abort.IsCancellationRequested)
        {
            // Whatever it met, it was given up.
        }
        catch (StoreUnavailableException e)
        {
            LogPoliciesUnreadable(agent.Id.Value, e.Message);
            Reschedule(agent, new(GoesOn: true, _options.RetryInterval));
        }
#pragma warning disable CA1031 // A bug must not turn into agents that are silently no longer asked, nor one agent's bug into an end of the process, which would go with the agent to every successor.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogRoundFault(e, agent.Id.Value);
            // Of what this round found nothing counts. If none ever does, the agent becomes stale.
            Reschedule(agent, new(GoesOn: true, _options.RetryInterval));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private void Started(OwnedAgent agent, Lane lane)
    {
        var now = _clock.Now;
        agent.Asked(now);
        _metrics.Started(now - agent.Due);
        // New agents and those that do not answer wait in lanes of their own; that says nothing of how the others fare.
        if (lane == Lane.Proven) _pace.Asked(now - agent.Due);
    }

    private void Reschedule(OwnedAgent agent, NextRound next)
    {
        if (!next.GoesOn || agent.IsForgotten || _stopping) return;
        agent.IsPaced = next.Delay is null;
        var now = _clock.Now;
        if (next.Delay is { } delay) Arm(agent, now + delay);
        else
        {
            // Paced by when the agent was due, so that exchanges take nothing from the pace; a little jitter keeps agents from falling into step.
            var due = agent.Due + _options.QuoteInterval * (0.975 + 0.05 * _random.NextDouble());
            Arm(agent, due > now ? due : now);
        }
    }

    private void Arm(OwnedAgent agent, TimeSpan due)
    {
        agent.Due = due;
        _wheel.Arm(agent.Timer, due);
    }

    [LoggerMessage(EventIds.RoundFault, LogLevel.Error, "Round of agent {AgentId} met a fault of the verifier; the agent is asked again")]
    private partial void LogRoundFault(Exception fault, string agentId);

    [LoggerMessage(EventIds.PoliciesUnreadable, LogLevel.Warning, "Policies of agent {AgentId} cannot be read now: {Reason}")]
    private partial void LogPoliciesUnreadable(string agentId, string reason);
}
