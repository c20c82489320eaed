using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplication</c>: the composition, running on processes of this machine.</summary>
public sealed class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly IReadOnlyList<IResource> _resources;
    private readonly string _appHostDirectory;
    private bool _isToBeStopped;

    internal DistributedApplication(IHost host, IReadOnlyList<IResource> resources, string appHostDirectory)
    {
        _host = host;
        _resources = resources;
        _appHostDirectory = appHostDirectory;
    }

    public static IDistributedApplicationBuilder CreateBuilder(string[] args)
    {
        if (Testing.EntryPoint.CreateTestedBuilder(args) is { } tested) return tested;
        var appHost = Assembly.GetEntryAssembly()!;
        try
        {
            return new DistributedApplicationBuilder(args, appHost);
        }
        catch (StateDirectoryException e)
        {
            // Here, and not in Program.cs, which reads as it does with Aspire: there no such fault exists. Nothing has been started.
            Console.Error.WriteLine($"{appHost.GetName().Name}: {e.Message}");
            Environment.Exit(1);
            throw;
        }
    }

    public IServiceProvider Services => _host.Services;
    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();
    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    public void Run() => RunAsync().GetAwaiter().GetResult();

    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await using var disposed = this;
        if (Services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
        {
            var configuration = Services.GetRequiredService<IConfiguration>();
            ManifestWriter.Write(_resources, Path.GetFullPath(configuration["output-path"] ?? "aspire-manifest.json", _appHostDirectory));
            return;
        }

        await _host.RunAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        _isToBeStopped = true;
        return _host.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken = default)
    {
        _isToBeStopped = false;
        return _host.StopAsync(cancellationToken);
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_isToBeStopped) // A host that is disposed of does not stop what it runs.
            await StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal IReadOnlyList<IResource> Resources => _resources;
}
