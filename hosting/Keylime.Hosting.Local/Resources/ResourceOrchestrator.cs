using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Resources;

/// <summary>Starts everything at the application's start, each as soon as what it waits for is there; ends it in the reverse order.</summary>
internal sealed class ResourceOrchestrator(
    IReadOnlyList<IResource> model, ResourceSet resources, ResourceNotificationService notifications, IConfiguration configuration) : IHostedService, IDisposable
{
    private IDisposable? _ports;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _ports = PortAllocation.Allocate(model, configuration.GetValue(PortAllocation.RandomizePortsKey, false));
        foreach (var resource in model)
            notifications.Publish(resource, _ => new() { ResourceType = resource.GetType().Name, Properties = [], State = new(KnownResourceStates.NotStarted, Style: null) });
        foreach (var resource in resources.All.Where(resource => !resource.Model.Annotations.OfType<ExplicitStartAnnotation>().Any()))
            await resource.BeginAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => resources.StopAllAsync();

    public void Dispose() => _ports?.Dispose();
}
