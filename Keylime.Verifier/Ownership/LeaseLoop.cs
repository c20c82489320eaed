using Keylime.Sharding;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Ownership;

/// <summary>Keeps this process among the members and its leases alive. Never waits for the database.</summary>
internal sealed partial class LeaseLoop(
    ShardOwnership ownership, LeaseRules rules, ILeaseStore leases, IMembershipStore membership, ClusterMembers members, StoreWatch watch, LeaseOwner owner,
    VerifierOptions identity, LeaseBell bell, MonotonicClock clock, TimeProvider time, ILogger<LeaseLoop> logger) : BackgroundService
{
    private bool _isReachable = true;

    /// <summary>Says good-bye: members learn at once that the shards are free, instead of when the leases run out.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await StepAsync(MemberState.Leaving, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var next = clock.Now + rules.HeartbeatPeriod;
            await StepAsync(watch.IsReachable ? MemberState.Serving : MemberState.Degraded, stoppingToken);
            if (next - clock.Now is { Ticks: > 0 } left) await bell.WaitAsync(left, time, stoppingToken);
            else stoppingToken.ThrowIfCancellationRequested();
        }
    }

    private async Task StepAsync(MemberState state, CancellationToken ct)
    {
        // Planned before the store is asked anything: what goes on unanswered is counted from here, not from when we gave up waiting.
        var plan = ownership.PlanLeases(clock.Now);
        try
        {
            var heartbeats = await membership.BeatAsync(new(identity.Instance, identity.AdvertisedAddress, state, identity.Zone), ct);
            ownership.Observe(heartbeats, clock.Now);
            members.Take(heartbeats);
            plan = ownership.PlanLeases(clock.Now);
            await ClaimAsync(plan, ct);
            if (!_isReachable) LogReachable();
            _isReachable = true;
        }
        catch (LeaseStoreUnavailableException e)
        {
            ownership.ClaimUnanswered(plan);
            if (_isReachable) LogUnavailable(e.Message);
            _isReachable = false;
        }
        // An answer that we cannot use is as good as none: what is owned goes on, and whoever gets a lease fences us.
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            ownership.ClaimUnanswered(plan);
            LogFault(e);
        }
    }

    private async Task ClaimAsync(LeasePlan plan, CancellationToken ct)
    {
        if (plan.Claim.Count > 0) ownership.Claimed(plan, await leases.ClaimAsync(plan.Claim, owner, rules.Duration, ct));
        if (plan.Release.Count == 0) return;
        await leases.ReleaseAsync(plan.Release, owner, ct);
        ownership.Released(plan);
    }

    [LoggerMessage(EventIds.LeasesUnavailable, LogLevel.Warning, "Lease store unreachable, owned shards go on: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(EventIds.LeaseStepFault, LogLevel.Error, "Leases cannot be renewed for a fault, owned shards go on")]
    private partial void LogFault(Exception fault);

    [LoggerMessage(EventIds.LeasesAvailable, LogLevel.Information, "Lease store reachable again")]
    private partial void LogReachable();
}
