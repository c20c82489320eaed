using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Client;
using Keylime.Protocol;

namespace Keylime.Verifier.Attestation;

/// <summary>One agent that this process polls: where the loop stands with it and what is not written yet.</summary>
/// <remarks>At most one exchange runs at a time. What operators change arrives from another thread and raises <see cref="Revision"/>: an exchange
/// that began before is void. <see cref="_gate"/> guards all fields and is never held over I/O; <see cref="Writing"/> is.</remarks>
internal sealed class OwnedAgent
{
    private readonly Lock _gate = new();
    private readonly List<OutboxMessage> _outbox = [];
    private AgentRun _run;
    // Null when it is not known what the store has.
    private AgentRun? _written;
    private PolicyReference _runtimePolicy;
    private PolicyReference _measuredBootPolicy;
    private AppraisalPolicy? _policy;
    private bool _verdictIsOpen;
    private bool _isChangedElsewhere;
    // Ticks, 0 while it is not known. Written by the agent's exchanges, read by whoever writes the agent.
    private long _effectiveInterval;
    private TimeSpan? _askedAt;
    // Of a success of another process only the store knows.
    private TimeSpan? _succeededAt;

    public OwnedAgent(StoredAgent stored, AgentRun run)
    {
        (_run, _written, Revision, _runtimePolicy, _measuredBootPolicy) = (run, run, stored.Revision, stored.RuntimePolicy, stored.MeasuredBootPolicy);
        (Id, Shard) = (stored.Enrollment.Id, stored.Enrollment.Shard);
        // After a take-over those who have not answered for long must not hold up those who do.
        Lane = stored.State.LastReceivedQuote is null || stored.IsFresh ? Lane.New : Lane.Suspect;
        Timer = new(this);
        _effectiveInterval = stored.State.EffectiveInterval?.Ticks ?? 0;
    }

    public AgentId Id { get; }
    public int Shard { get; }
    public TimerWheel<OwnedAgent>.Timer Timer { get; }
    /// <summary>When the agent was to be asked; reading of the loop's clock. Touched by the loop only.</summary>
    public TimeSpan Due { get; set; }
    /// <summary>Serializes writes of this agent, so that an older state never overtakes a newer one on the way to the store.</summary>
    public SemaphoreSlim Writing { get; } = new(1, 1);
    /// <summary>How the agent is reached; null until it was first asked. Touched by its exchanges only, one after the other. A changed enrolment is another agent.</summary>
    public AgentClient? Client { get; set; }
    /// <summary>Whether it waits to be written; owned by <see cref="StateWriter"/>'s queue.</summary>
    public int Queued;
    /// <summary>Whether the store did not take its state by itself. Touched by who holds <see cref="Writing"/>; read by the flush.</summary>
    public volatile bool IsUnwritable;

    /// <summary>Time between two quotes of late, smoothed over some four of them; null before the second one. Touched by the agent's exchanges only.</summary>
    public TimeSpan? EffectiveInterval => Volatile.Read(ref _effectiveInterval) is > 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;
    /// <summary>Whether the agent waits for the interval; not for the repetition of a request that failed. Touched by the loop only.</summary>
    public bool IsPaced { get; set; }

    public long Revision { get; private set; }
    /// <summary>No longer ours: its results are void.</summary>
    public bool IsForgotten { get; private set; }
    /// <summary>About to be given away: no exchange begins.</summary>
    public bool IsRetiring { get; set; }
    public bool IsRunning { get; private set; }
    /// <summary>How the last exchange went, for the choice of its lane.</summary>
    public Lane Lane { get; private set; }

    public AgentRun Run { get { lock (_gate) return _run; } }

    /// <summary>Whether the last verdict is not durable yet.</summary>
    public bool VerdictIsOpen { get { lock (_gate) return _verdictIsOpen; } }

    /// <summary>The agent is asked now.</summary>
    public void Asked(TimeSpan now)
    {
        if (IsPaced && _askedAt is { } before)
        {
            var (interval, smoothed) = ((now - before).Ticks, Volatile.Read(ref _effectiveInterval));
            Volatile.Write(ref _effectiveInterval, smoothed == 0 ? interval : smoothed + (interval - smoothed) / 4);
        }
        _askedAt = now;
    }

    /// <summary>Begins an exchange; null when there is nothing to do or one runs already.</summary>
    public Exchange? Begin()
    {
        lock (_gate)
        {
            if (IsForgotten || IsRetiring || IsRunning || _isChangedElsewhere || _run.Next == NextStep.Stop) return null;
            // A secret does not go out on the strength of a verdict that may yet be lost.
            if (_run.Next == NextStep.DeliverV && _verdictIsOpen) return null;
            IsRunning = true;
            return new(this, _run, Revision, _runtimePolicy, _measuredBootPolicy, _policy);
        }
    }

    /// <summary>Takes an exchange's result, unless the agent was changed or lost meanwhile. Answers whether it was taken.</summary>
    public bool Take(Exchange exchange, Transition transition, IReadOnlyList<OutboxMessage> messages, TimeSpan now)
    {
        lock (_gate)
        {
            if (IsForgotten || Revision != exchange.Revision) return false;
            if (transition.Run.State.LastSuccessfulAttestation != _run.State.LastSuccessfulAttestation) _succeededAt = now;
            _run = transition.Run;
            _outbox.AddRange(messages);
            _verdictIsOpen |= transition.VerdictChanged;
            Lane = _run.Retries > 0 || _run.Next == NextStep.Stop ? Lane.Suspect : Lane.Proven;
            return true;
        }
    }

    /// <summary>Ends an exchange, when its result is taken and on its way.</summary>
    public void End()
    {
        lock (_gate) IsRunning = false;
    }

    /// <summary>Keeps what was compiled for an exchange for the next ones.</summary>
    public void Keep(Exchange exchange, AppraisalPolicy policy)
    {
        lock (_gate)
            if (Revision == exchange.Revision) _policy = policy;
    }

    /// <summary>Takes in a change that leaves the agent's course as it is: of a policy. False: a verdict that is not written yet was reached under
    /// another policy. It does not hold under the new one, and the agent begins where the store has it.</summary>
    public bool TryRebase(StoredAgent stored)
    {
        lock (_gate)
        {
            var isJudgedAnew = stored.RuntimePolicy != _runtimePolicy || stored.MeasuredBootPolicy != _measuredBootPolicy;
            if (isJudgedAnew && _verdictIsOpen) return false;
            (Revision, _isChangedElsewhere, _policy) = (stored.Revision, false, null);
            (_runtimePolicy, _measuredBootPolicy) = (stored.RuntimePolicy, stored.MeasuredBootPolicy);
            if (isJudgedAnew) _run = AgentTransitions.WithPolicyChanged(_run);
            return true;
        }
    }

    public void Forget()
    {
        lock (_gate) IsForgotten = true;
    }

    /// <summary>What is to be written; null when there is nothing, or nothing that we may write.</summary>
    public PendingWrite? TakeWrite()
    {
        lock (_gate)
            return IsForgotten || _isChangedElsewhere || ReferenceEquals(_run, _written) ? null : new(this, _run, Revision, _verdictIsOpen, [.. _outbox], _succeededAt);
    }

    /// <summary>A write has succeeded.</summary>
    public void Written(PendingWrite write)
    {
        lock (_gate)
        {
            if (Revision != write.Revision) return;
            _written = write.Run;
            _outbox.RemoveRange(0, write.Outbox.Count);
            if (ReferenceEquals(_run, write.Run)) _verdictIsOpen = false;
        }
    }

    /// <summary>What was written may be lost: it counts as not written.</summary>
    public void WriteAgain()
    {
        lock (_gate) _written = null;
    }

    /// <summary>A write was refused because an operator has changed the agent. The change is on its way to us.</summary>
    public void RefusedAsChanged(PendingWrite write)
    {
        lock (_gate) _isChangedElsewhere = Revision == write.Revision;
    }
}

/// <summary>A running exchange: what it is based on.</summary>
internal sealed record Exchange(
    OwnedAgent Agent, AgentRun Run, long Revision, PolicyReference RuntimePolicy, PolicyReference MeasuredBootPolicy, AppraisalPolicy? Policy);

/// <summary>A state on its way to the store.</summary>
/// <param name="SucceededAt">Reading of the process's clock at the last success; null where another process had it.</param>
internal sealed record PendingWrite(OwnedAgent Agent, AgentRun Run, long Revision, bool IsVerdict, IReadOnlyList<OutboxMessage> Outbox, TimeSpan? SucceededAt);
