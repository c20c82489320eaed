using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keylime.ServiceDefaults.Health;

/// <summary>The health of another service of the same process, as that service would answer itself. One that does not serve yet is not healthy.</summary>
internal sealed class GuestHealth(WebApplication guest, Func<HealthCheckRegistration, bool> predicate) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!guest.Lifetime.ApplicationStarted.IsCancellationRequested || guest.Lifetime.ApplicationStopping.IsCancellationRequested)
            return HealthCheckResult.Unhealthy("does not serve");
        var report = await guest.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(predicate, cancellationToken);
        var failed = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy).Select(entry => $"{entry.Key}: {entry.Value.Description}");
        return new(report.Status, string.Join("; ", failed));
    }
}
