using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Resources;

/// <summary>Every resource that is a process, by name, and the order in which they end.</summary>
internal sealed class ResourceSet : IDisposable
{
    private readonly Dictionary<string, LocalResource> _resources = new(StringComparer.OrdinalIgnoreCase);
    private readonly ILookup<IResource, LocalResource> _dependents;
    private readonly IReadOnlyList<IResource> _model;

    public ResourceSet(
        IReadOnlyList<IResource> model, ProcessLauncher launcher, ResourceNotificationService notifications, HealthCheckService health, StateDirectory state, ILoggerFactory loggers)
    {
        _model = model;
        var logger = loggers.CreateLogger("Keylime.Hosting.Local");
        foreach (var resource in model)
        {
            var log = new Lazy<ResourceLog>(() => new(Path.Combine(state.Logs, $"{resource.Name}.log"), resource.Name, loggers));
            IProcessDefinition? definition = resource switch
            {
                ProjectResource project => new ProjectProcess(project),
                ExecutableResource executable => new ExecutableProcess(executable),
                PostgresServerResource postgres => new PostgresProcess(postgres, state, launcher, log.Value),
                RedisResource redis => new RedisProcess(redis, state),
                _ => null, // A part of another.
            };
            if (definition is null)
                continue;
            var environment = new EnvironmentFile(Path.Combine(state.Environments, $"{resource.Name}.env"));
            _resources[resource.Name] = new(
                resource, definition, launcher, new(resource, definition, notifications), new(resource, health), environment, log.Value, logger);
        }

        _dependents = _resources.Values
            .SelectMany(dependent => dependent.Model.Annotations.OfType<WaitAnnotation>().Select(wait => (Dependency: Whole(wait.Resource), dependent)))
            .ToLookup(pair => pair.Dependency, pair => pair.dependent);
    }

    public IEnumerable<LocalResource> All => _resources.Values;

    public LocalResource? Find(string name) => _resources.GetValueOrDefault(name);

    /// <summary>A resource that is no process of its own, such as a database.</summary>
    public IResourceWithParent? FindPart(string name) =>
        _model.OfType<IResourceWithParent>().FirstOrDefault(part => string.Equals(part.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Each after all that wait for it; what does not depend on each other ends side by side.</summary>
    public Task StopAllAsync()
    {
        var ending = new Dictionary<LocalResource, Task>();
        return Task.WhenAll(All.Select(StopAsync));

        Task StopAsync(LocalResource resource) =>
            ending.TryGetValue(resource, out var known) ? known : ending[resource] = StopAfterAsync(resource, [.. _dependents[resource.Model].Select(StopAsync)]);
    }

    public void Dispose()
    {
        foreach (var resource in All)
            resource.Dispose();
    }

    private static async Task StopAfterAsync(LocalResource resource, IReadOnlyList<Task> dependents)
    {
        await Task.WhenAll(dependents);
        await resource.StopAsync(CancellationToken.None);
    }

    private static IResource Whole(IResource resource) => resource is IResourceWithParent part ? part.Parent : resource;
}
