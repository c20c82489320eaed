using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keylime.Gateway.Backends;

/// <summary>Ready when at least one verifier and one registrar answer.</summary>
internal sealed class BackendsHealthCheck(IReadOnlyList<BackendPool> pools) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var live = pools.ToDictionary(pool => pool.Kind, object (pool) => pool.LiveCount);
        var isReady = pools.Any(pool => pool is { Kind: BackendKind.Verifier, LiveCount: > 0 })
            && pools.Any(pool => pool is { Kind: not BackendKind.Verifier, LiveCount: > 0 });
        return Task.FromResult(isReady
            ? HealthCheckResult.Healthy(data: live)
            : HealthCheckResult.Unhealthy("no verifier or no registrar answers", data: live));
    }
}
