using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Resources;

/// <summary>The registered checks that one resource names.</summary>
internal sealed class HealthChecks(IResource model, HealthCheckService service)
{
    /// <summary>Pause between checks until they pass: somebody waits.</summary>
    public static readonly TimeSpan StartInterval = TimeSpan.FromMilliseconds(200);
    /// <summary>Pause between checks once they have passed.</summary>
    public static readonly TimeSpan SettledInterval = TimeSpan.FromSeconds(5);

    public async Task<bool> PassAsync(CancellationToken cancellationToken)
    {
        var keys = model.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key).ToHashSet();
        if (keys.Count == 0)
            return true;
        var report = await service.CheckHealthAsync(registration => keys.Contains(registration.Name), cancellationToken);
        return report.Entries.Count == keys.Count && report.Status == HealthStatus.Healthy;
    }
}
