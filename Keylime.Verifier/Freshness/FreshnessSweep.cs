using Keylime.Attestation.Agents;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Freshness;

/// <summary>Looks for agents whose deadlines have passed, in all shards. Every verifier tries, whether it owns anything or not, and one at a time does it: an
/// agent whose owner is dead, paused or cut off is found by the others.</summary>
internal sealed partial class FreshnessSweep(
    IFreshnessStore store, FreshnessMetrics metrics, OutboxBell bell, RevocationOptions revocation, TimeProvider time, ILogger<FreshnessSweep> logger) : BackgroundService
{
    // A deadline is five seconds or more away when it is set.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    // After an outage of the database or a start of the whole cluster: longer than a flush and a take-over need.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    private readonly SweepRules _rules = new(Period, Settling, WithMessages: revocation.Webhook is not null);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                Tell(await store.SweepAsync(_rules, stoppingToken));
            }
            catch (StoreUnavailableException)
            {
                // Told by those who lose more by it. Nobody looks, and the number is not known any more.
                metrics.Forget();
            }
            // Whatever one look meets, the next one follows.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                metrics.Forget();
                LogFault(e);
            }
    }

    private void Tell(FreshnessReport? report)
    {
        metrics.Swept(report);
        if (report is not { BecameStaleCount: > 0 }) return;
        LogStale(report.BecameStaleCount, string.Join(", ", report.BecameStale.Select(id => id.Value)) + (report.BecameStaleCount > report.BecameStale.Count ? ", ..." : ""));
        bell.Ring();
    }

    [LoggerMessage(EventIds.SweepFault, LogLevel.Error, "Stale agents cannot be looked for, for a fault")]
    private partial void LogFault(Exception fault);

    [LoggerMessage(EventIds.AgentsStale, LogLevel.Warning, "{Count} agents have become stale: {AgentIds}")]
    private partial void LogStale(long count, string agentIds);
}
