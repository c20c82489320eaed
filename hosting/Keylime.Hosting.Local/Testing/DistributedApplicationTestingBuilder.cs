using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Stands for <c>Aspire.Hosting.Testing.IDistributedApplicationTestingBuilder</c>.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder
{
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>Stands for <c>Aspire.Hosting.Testing.DistributedApplicationTestingBuilder</c>: an AppHost for a test, with ports and a state folder of its own.</summary>
public static class DistributedApplicationTestingBuilder
{
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class
    {
        var defaults = new Dictionary<string, string?>
        {
            [Processes.PortAllocation.RandomizePortsKey] = "true",
            [Processes.StateDirectory.OwnKey] = "true",
        };
        return Task.FromResult<IDistributedApplicationTestingBuilder>(new TestingBuilder(EntryPoint.Run(typeof(TEntryPoint).Assembly, args, defaults)));
    }

    private sealed class TestingBuilder(DistributedApplicationBuilder inner) : IDistributedApplicationTestingBuilder
    {
        public ConfigurationManager Configuration => inner.Configuration;
        public string AppHostDirectory => inner.AppHostDirectory;
        public IHostEnvironment Environment => inner.Environment;
        public IServiceCollection Services => inner.Services;
        public IResourceCollection Resources => inner.Resources;
        public DistributedApplicationExecutionContext ExecutionContext => inner.ExecutionContext;
        public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => inner.AddResource(resource);
        public DistributedApplication Build() => inner.BuildUntested();
        public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => Task.FromResult(Build());
    }
}
