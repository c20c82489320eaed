using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Tests;

/// <summary>An application composed by a test, with a state folder and ports of its own.</summary>
internal static class AppHost
{
    private static readonly Assembly Assembly = typeof(AppHost).Assembly;

    public static string Directory { get; } =
        Path.GetDirectoryName(Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "apphostprojectpath").Value)!;

    /// <summary>More than any machine needs: reached only by a test that fails.</summary>
    public static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromMinutes(4)).Token;

    public static DistributedApplicationBuilder Create(params string[] args) => new(args, Assembly, new Dictionary<string, string?>
    {
        [StateDirectory.OwnKey] = "true",
        [PortAllocation.RandomizePortsKey] = "true",
    });

    public static async Task<DistributedApplication> StartAsync(this DistributedApplicationBuilder builder)
    {
        var app = builder.BuildUntested();
        await app.StartAsync(Patience);
        return app;
    }

    /// <summary>The process of a resource, once it runs.</summary>
    public static async Task<int> PidAsync(this DistributedApplication app, string name)
    {
        var running = await app.ResourceNotifications.WaitForResourceAsync(name, next => next.Snapshot.State?.Text == KnownResourceStates.Running, Patience);
        return (int)running.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value!;
    }
}
