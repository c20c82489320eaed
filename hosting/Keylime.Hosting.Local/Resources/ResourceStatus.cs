using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Resources;

/// <summary>What a resource, and with it its parts, tells the others of itself; and what it asks of theirs.</summary>
internal sealed class ResourceStatus(IResource model, IProcessDefinition definition, ResourceNotificationService notifications)
{
    public string State => notifications.Find(model.Name)?.State?.Text ?? KnownResourceStates.NotStarted;

    public void Set(string state, int? processId = null)
    {
        // A process that has just started is not healthy until its first check has passed.
        HealthStatus? health = state == KnownResourceStates.Running ? HealthStatus.Unhealthy : null;
        Publish(_ => Snapshot(model, definition.Kind, state, health, processId, exitCode: null));
        PublishParts(state, health);
    }

    public void SetEnded(int exitCode, bool asked)
    {
        var state = exitCode == 0 && !asked ? KnownResourceStates.Finished : KnownResourceStates.Exited;
        Publish(_ => Snapshot(model, definition.Kind, state, health: null, processId: null, exitCode));
        PublishParts(state, health: null);
    }

    public void SetHealth(HealthStatus health)
    {
        if (notifications.Find(model.Name)?.HealthStatus == health)
            return;
        Publish(present => present! with { HealthStatus = health });
        PublishParts(KnownResourceStates.Running, health);
    }

    public Task<string> WaitAsync(IEnumerable<string> states, CancellationToken cancellationToken) =>
        notifications.WaitForResourceAsync(model.Name, states, cancellationToken);

    /// <exception cref="InvalidOperationException">The dependency ended, or failed, instead.</exception>
    public async Task WaitForDependencyAsync(WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var reached = await notifications.WaitForResourceAsync(wait.Resource.Name, next => IsTerminal(next) ||
            wait.Kind == WaitKind.Healthy && next.Snapshot.HealthStatus == HealthStatus.Healthy, cancellationToken);
        var good = wait.Kind == WaitKind.Healthy ? !IsTerminal(reached) : reached.Snapshot is { ExitCode: 0 };
        if (!good)
            throw new InvalidOperationException($"{wait.Resource.Name}, which {model.Name} waits for, has ended ({reached.Snapshot.State?.Text}, code {reached.Snapshot.ExitCode})");
    }

    private static bool IsTerminal(ResourceEvent next) => next.Snapshot.State is { Text: var state } && KnownResourceStates.TerminalStates.Contains(state);

    private void Publish(Func<CustomResourceSnapshot?, CustomResourceSnapshot> change) => notifications.Publish(model, change);

    private void PublishParts(string state, HealthStatus? health)
    {
        foreach (var part in definition.Parts)
            notifications.Publish(part, _ => Snapshot(part, definition.Kind, state, health, processId: null, exitCode: null));
    }

    private static CustomResourceSnapshot Snapshot(IResource resource, string kind, string state, HealthStatus? health, int? processId, int? exitCode) => new()
    {
        ResourceType = kind,
        State = new(state, Style: null),
        HealthStatus = health,
        ExitCode = exitCode,
        Properties = processId is null ? [] : [new("executable.pid", processId)],
        Urls = resource is IResourceWithEndpoints owner
            ? [.. resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => new UrlSnapshot(endpoint.Name, new EndpointReference(owner, endpoint.Name).Url, IsInternal: false))]
            : ImmutableArray<UrlSnapshot>.Empty,
    };
}
