using Keylime.Sharding;

namespace Keylime.Gateway.Backends;

/// <summary>Follows the verifiers' heartbeats. In an outage of the store the last known members stand.</summary>
internal sealed partial class MembershipLoop(
    IMembershipReader store, BackendPool verifiers, LeaseRules rules, TimeProvider time, ILogger<MembershipLoop> logger) : BackgroundService
{
    private readonly Membership _membership = new(rules.MemberTimeout);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(rules.HeartbeatPeriod, time);
        var isAvailable = true;
        do
            try
            {
                var heartbeats = await store.ListAsync(stoppingToken);
                _membership.Observe(heartbeats, time.GetElapsedTime(0));
                verifiers.Announce(_membership.Owners, _membership.Alive);
                if (!isAvailable) LogAvailable();
                isAvailable = true;
            }
            catch (LeaseStoreUnavailableException e)
            {
                if (isAvailable) LogUnavailable(e.Message);
                isAvailable = false;
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(EventIds.MembershipUnavailable, LogLevel.Warning, "Membership cannot be read, the last known verifiers stand: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(EventIds.MembershipAvailable, LogLevel.Information, "Membership can be read again")]
    private partial void LogAvailable();
}
