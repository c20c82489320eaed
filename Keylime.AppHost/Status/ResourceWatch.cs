using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Keylime.AppHost.Status;

/// <summary>Puts what the resources do on the board.</summary>
internal sealed class ResourceWatch(ResourceNotificationService notifications, StatusBoard board) : BackgroundService
{
    private const string ManagementListener = "http";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in notifications.WatchAsync(stoppingToken))
            board.SetService(change.Resource.Name, Describe(change.Resource.Name, change.Snapshot));
    }

    private static ImmutableArray<ServiceStatus> Describe(string name, CustomResourceSnapshot snapshot)
    {
        var kind = snapshot.ResourceType.ToLowerInvariant();
        var state = Word(snapshot);
        var pid = snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value as int?;
        var listeners = snapshot.Urls.Where(url => url.Name != ManagementListener).ToList();
        return listeners.Count == 0
            ? [new(name, kind, state, Address: null, pid)]
            : [.. listeners.Select((listener, i) => new ServiceStatus(i == 0 ? name : $"{name}/{listener.Name}", kind, state, listener.Url, pid))];
    }

    private static string Word(CustomResourceSnapshot snapshot) => snapshot.State?.Text switch
    {
        "Running" when snapshot.HealthStatus != HealthStatus.Healthy => "starting",
        "FailedToStart" => "failed",
        var state => (state ?? "unknown").ToLowerInvariant(),
    };
}
