using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Keylime.AppHost.Status;

internal static class StatusExtensions
{
    /// <summary>Configuration: <c>--Status:WatchAgents=false</c> leaves the agents' states to whoever asks. Each look is work for the verifiers in proportion to the fleet.</summary>
    private const string WatchAgentsKey = "Status:WatchAgents";

    /// <summary>Shows the cluster: a live table on a terminal, lines elsewhere, and files for <c>./keylime status</c>.</summary>
    public static void AddStatus(this IDistributedApplicationBuilder builder, ClusterFolder folder, ClusterSize size, IResourceBuilder<ProjectResource> front)
    {
        var services = builder.Services;
        services.AddSingleton(new StatusBoard([.. Enumerable.Range(0, size.Agents).Select(i => $"agent-{i}")], folder.Certificates));
        services.AddHostedService<ResourceWatch>();
        if (builder.Configuration.GetValue(WatchAgentsKey, true))
            services.AddHostedService(provider => new AgentWatch(
                provider.GetRequiredService<ResourceNotificationService>(), front.GetEndpoint("verifier"), provider.GetRequiredService<StatusBoard>()));
        if (builder.Configuration["Local:StateDirectory"] is { } state)
            services.AddHostedService(provider => new StatusFiles(provider.GetRequiredService<StatusBoard>(), state, TimeProvider.System));
        if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
            services.AddHostedService<LiveTable>().AddLogging(logging => logging.ClearProviders()); // Lines would tear the table; ./keylime logs has them.
        else
            services.AddHostedService<ProgressLines>();
    }
}
