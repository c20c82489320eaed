using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Simulation.Tests.Stores;
using Keylime.Simulation.Tests.World;

namespace Keylime.Simulation.Tests.Checks;

/// <summary>Sees everything, at its true time, and says at once when a promise is broken. It knows from itself who owns what, and takes nobody's word for it.</summary>
/// <param name="scheduler">True time.</param>
/// <param name="clockLead">How far a verifier's wall clock may be ahead of the database's: by so much may a deadline be too late.</param>
internal sealed class Auditor(Scheduler scheduler, TimeSpan clockLead)
{
    private readonly Dictionary<int, SimulatedProcess> _newestOwner = [];
    private readonly Dictionary<AgentId, DateTimeOffset> _lastGoodAnswer = [];
    private readonly HashSet<string> _promised = new(StringComparer.Ordinal);

    /// <summary>Where a lease's holder is to be seen; null where the lease store itself may err.</summary>
    public Func<int, LeaseOwner?>? HolderOf { get; init; }

    public int AcceptedWrites { get; private set; }
    public int CommittedFailures { get; private set; }

    /// <summary>The first promise that was broken. Not thrown: the verifier's code would catch it.</summary>
    public BrokenPromise? Broken { get; private set; }

    /// <summary>Messages that were committed and not told yet.</summary>
    public IReadOnlyCollection<string> Untold => _promised;

    public void Raised(SimulatedProcess process, IEnumerable<FencingToken> tokens)
    {
        foreach (var token in tokens) _newestOwner[token.Shard] = process;
    }

    public void Asks(SimulatedProcess process, string instance, AgentId agent, int shard)
    {
        if (HolderOf is not null && HolderOf(shard)?.Instance != instance)
            Fail(Promise.LeaseIsHeld, $"{process.Name} asks {agent}, the lease of shard {shard} is {HolderOf(shard)?.Instance ?? "nobody"}'s");
    }

    public void Answered(AgentId agent, bool isGood)
    {
        if (isGood) _lastGoodAnswer[agent] = SimulatedClock.Epoch + scheduler.Now;
    }

    /// <summary>A write was accepted.</summary>
    public void Saved(SimulatedProcess process, AgentWrite write, StoredAgent? before)
    {
        AcceptedWrites++;
        if (_newestOwner.GetValueOrDefault(write.Token.Shard) != process)
            Fail(Promise.OneOwnerWrites, $"a write of {process.Name} to shard {write.Token.Shard} was accepted, which {_newestOwner.GetValueOrDefault(write.Token.Shard)?.Name} owns since");
        if (before is null) return;
        if (before.Revision != write.Revision)
            Fail(Promise.OperatorIsHeard, $"{write.Id} was changed to revision {before.Revision}, and overwritten by what was found at {write.Revision}");
        var isFailed = IsFailed(write.State);
        if (IsFailed(before.State) && !isFailed) Fail(Promise.VerdictStays, $"{write.Id} was {before.State.OperationalState} and is {write.State.OperationalState} again");
        if (write.State.AttestationCount < before.State.AttestationCount)
            Fail(Promise.NewerStateStays, $"{write.Id} had {before.State.AttestationCount} attestations and has {write.State.AttestationCount} again");
        if (isFailed && !IsFailed(before.State)) CommittedFailures++;
    }

    /// <summary>How long an agent is shown attested, after a write.</summary>
    public void Shown(AgentId agent, DateTimeOffset? freshUntil, TimeSpan freshFor)
    {
        if (freshUntil is not { } until) return;
        if (until - freshFor > SimulatedClock.Epoch + scheduler.Now)
            Fail(Promise.StaleIsShown, $"{agent} is shown attested until {until:mm:ss.fff}, counted from a moment that is still to come");
        if (until - freshFor > _lastGoodAnswer.GetValueOrDefault(agent) + clockLead)
            Fail(Promise.StaleIsShown, $"{agent} is shown attested until {until:mm:ss.fff}, its last good answer was at {_lastGoodAnswer.GetValueOrDefault(agent):mm:ss.fff}");
    }

    /// <summary>Messages were committed with a verdict.</summary>
    public void Promised(IEnumerable<OutboxMessage> messages) => _promised.UnionWith(messages.Select(message => message.Payload));

    public void Told(string message) => _promised.Remove(message);

    public void Died(SimulatedProcess process, string loop, Exception cause) => Fail(Promise.LoopsLive, $"{loop} of {process.Name}: {cause}");

    /// <summary>Something met a bug, and went on.</summary>
    public void Faulted(SimulatedProcess process, string what, string fault) => Fail(Promise.LoopsLive, $"{what} of {process.Name}: {fault}");

    public static bool IsFailed(AgentState state) => state.OperationalState is OperationalState.InvalidQuote or OperationalState.Failed or OperationalState.TenantFailed;

    public void Fail(Promise promise, string what)
    {
        if (Broken is not null) return;
        Broken = new(promise, what, scheduler.Now);
        scheduler.Note("AUDITOR", () => Broken.ToString());
    }
}
