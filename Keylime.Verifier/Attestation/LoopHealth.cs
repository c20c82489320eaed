using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keylime.Verifier.Attestation;

/// <summary>Unhealthy when the loop has not ticked for a while: only a restart helps then.</summary>
internal sealed class LoopHealth(AttestationLoop loop, MonotonicClock clock) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(clock.Now - loop.LastTick < Patience ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The attestation loop stands still"));
}
