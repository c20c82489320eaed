using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Control;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Resources;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly ResourceCollection _resources = [];

    public DistributedApplicationBuilder(string[] args, Assembly appHost, IReadOnlyDictionary<string, string?>? defaults = null)
    {
        AppHostDirectory = Path.GetDirectoryName(Metadata(appHost, "apphostprojectpath"))!;
        _host = new HostApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppHostDirectory, ApplicationName = appHost.GetName().Name });
        if (defaults is not null)
            Configuration.AddInMemoryCollection(defaults);
        var publishes = Configuration["publisher"] == "manifest" || Configuration["operation"] == "publish";
        ExecutionContext = new(publishes);
        if (publishes)
            _host.Logging.ClearProviders(); // aspirate takes anything on stderr for a failure.
        else
            AddRunMode();
    }

    public ConfigurationManager Configuration => _host.Configuration;
    public string AppHostDirectory { get; }
    public IHostEnvironment Environment => _host.Environment;
    public IServiceCollection Services => _host.Services;
    public IResourceCollection Resources => _resources;
    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (_resources.Any(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new InvalidOperationException($"Cannot add the resource '{resource.Name}': there is one of that name already.");
        _resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        Testing.EntryPoint.StopIfTested(this);
        return BuildUntested();
    }

    internal DistributedApplication BuildUntested()
    {
        Services.AddSingleton(ExecutionContext);
        return new(_host.Build(), _resources, AppHostDirectory);
    }

    private void AddRunMode()
    {
        var state = StateDirectory.Open(Configuration, AppHostDirectory);
        // The AppHost's own files go beside ours: one folder to remove.
        Configuration[StateDirectory.RunDirectoryKey] = state.RunDirectory;
        Configuration[StateDirectory.PathKey] = state.Path;
        Services.AddSingleton(_ => state) // By a factory: what the container is handed ready-made it does not dispose of.
            .AddSingleton<IReadOnlyList<IResource>>(_resources)
            .AddSingleton<GroupReaper>()
            .AddSingleton<ProcessLauncher>()
            .AddSingleton<ResourceSet>()
            .AddSingleton(new ResourceNotificationService())
            .AddSingleton(services => new ResourceCommandService(services))
            .AddHostedService<ResourceOrchestrator>()
            .AddHostedService<CommandInbox>()
            .AddHealthChecks();
        // Each check is of one resource and run by its own monitor; the framework's all-in-one publisher would only repeat them.
        Services.RemoveAll<IHealthCheckPublisher>();
        Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        _host.Logging.AddSimpleConsole()
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
            .AddFilter(ResourceLog.Category, Configuration.GetValue("Local:ConsoleLogs", false) ? LogLevel.Information : LogLevel.None);
    }

    private static string Metadata(Assembly appHost, string key) =>
        appHost.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == key)?.Value
        ?? throw new InvalidOperationException($"The assembly '{appHost.GetName().Name}' is no AppHost: its project does not import AppHost.targets.");
}
