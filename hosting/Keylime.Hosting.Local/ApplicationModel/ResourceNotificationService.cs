using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ResourceNotificationService</c>: what every resource is doing, now and from now on.</summary>
public sealed class ResourceNotificationService
{
    // Guarded by _gate, in the order of the model.
    private readonly OrderedDictionary<string, ResourceEvent> _latest = new(StringComparer.OrdinalIgnoreCase);
    // Guarded by _gate. A watcher is added, and sees the present state, in one step with publishing: it misses nothing and sees nothing twice.
    private readonly List<ChannelWriter<ResourceEvent>> _watchers = [];
    private readonly Lock _gate = new();

    internal ResourceNotificationService() { }

    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var events = Channel.CreateUnbounded<ResourceEvent>(new UnboundedChannelOptions { SingleReader = true });
        lock (_gate)
        {
            foreach (var present in _latest.Values)
                events.Writer.TryWrite(present);
            _watchers.Add(events.Writer);
        }

        try
        {
            await foreach (var next in events.Reader.ReadAllAsync(cancellationToken))
                yield return next;
        }
        finally
        {
            lock (_gate)
                _watchers.Remove(events.Writer);
        }
    }

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        await foreach (var next in WatchAsync(cancellationToken))
            if (string.Equals(next.Resource.Name, resourceName, StringComparison.OrdinalIgnoreCase) && predicate(next))
                return next;
        throw new OperationCanceledException(cancellationToken);
    }

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, next => next.Snapshot.State?.Text == (targetState ?? KnownResourceStates.Running), cancellationToken);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
    {
        var reached = await WaitForResourceAsync(
            resourceName, next => next.Snapshot.State is { Text: var state } && targetStates.Contains(state), cancellationToken);
        return reached.Snapshot.State!.Text;
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, next => next.Snapshot.HealthStatus == HealthStatus.Healthy, cancellationToken);

    internal CustomResourceSnapshot? Find(string resourceName)
    {
        lock (_gate)
            return _latest.TryGetValue(resourceName, out var latest) ? latest.Snapshot : null;
    }

    internal void Publish(IResource resource, Func<CustomResourceSnapshot?, CustomResourceSnapshot> change)
    {
        lock (_gate)
        {
            var next = new ResourceEvent(resource, change(Find(resource.Name)));
            _latest[resource.Name] = next;
            foreach (var watcher in _watchers)
                watcher.TryWrite(next);
        }
    }
}
