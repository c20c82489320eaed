using Keylime.Sharding;

namespace Keylime.Verifier.Ownership;

/// <summary>The members as the lease loop read them last, for gateways that have no store of their own to read.</summary>
internal sealed class ClusterMembers(LeaseRules rules, MonotonicClock clock)
{
    // Swapped whole, never mutated.
    private volatile Reading? _last;

    public void Take(IReadOnlyCollection<MemberHeartbeat> heartbeats) => _last = new(heartbeats, clock.Now);

    /// <summary>Null when they could not be read for so long that all of them might be dead by now: whoever asks had better ask another verifier.</summary>
    public IReadOnlyCollection<MemberHeartbeat>? FindRecent() => _last is { } last && clock.Now - last.At <= rules.MemberTimeout ? last.Heartbeats : null;

    private sealed record Reading(IReadOnlyCollection<MemberHeartbeat> Heartbeats, TimeSpan At);
}
