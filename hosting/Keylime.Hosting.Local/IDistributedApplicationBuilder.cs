using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.IDistributedApplicationBuilder</c>.</summary>
public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }
    string AppHostDirectory { get; }
    IHostEnvironment Environment { get; }
    IServiceCollection Services { get; }
    IResourceCollection Resources { get; }
    DistributedApplicationExecutionContext ExecutionContext { get; }
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;
    DistributedApplication Build();
}
