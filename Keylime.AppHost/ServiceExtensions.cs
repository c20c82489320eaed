using Microsoft.Extensions.DependencyInjection;

namespace Keylime.AppHost;

/// <summary>Which port a listener gets on a developer's machine.</summary>
internal enum Ports
{
    /// <summary>Any free one: there are several of the service.</summary>
    Any,
    /// <summary>The one that Keylime's clients expect, where it is free.</summary>
    KeylimesOwn,
}

/// <summary>What all of Keylime's services have in common as resources.</summary>
internal static class ServiceExtensions
{
    private const int ManagementPort = 8080;
    private const string Everywhere = "0.0.0.0";

    /// <summary>A listener of the protocol. In a deployment each service has an address of its own, and Keylime's port on it.</summary>
    public static IResourceBuilder<ProjectResource> WithListener(
        this IResourceBuilder<ProjectResource> service, string scheme, string name, int keylimePort, string portVariable, Ports ports = Ports.Any)
    {
        var publishes = service.ApplicationBuilder.ExecutionContext.IsPublishMode;
        int? port = !publishes && ports == Ports.KeylimesOwn ? Claim(service, keylimePort) : null;
        int? targetPort = publishes ? keylimePort : null;
        return scheme == "https"
            ? service.WithHttpsEndpoint(port, targetPort, name, portVariable)
            : service.WithHttpEndpoint(port, targetPort, name, portVariable);
    }

    /// <summary>The plain listener for probes, and what a service believes of its surroundings: connection strings and addresses, but no connection
    /// properties, which would put passwords into plain variables, and no forwarded headers, which anybody can write.</summary>
    public static IResourceBuilder<ProjectResource> WithManagement(this IResourceBuilder<ProjectResource> service)
    {
        var publishes = service.ApplicationBuilder.ExecutionContext.IsPublishMode;
        if (publishes)
            service.WithEnvironment("KEYLIME_MANAGEMENT_IP", Everywhere); // Probes come from the node.
        else
            service.WithEnvironment("DOTNET_TieredPGO", "0"); // A dozen programs start at once: measured, a fifth less work until all agents are attested.
        return service
            .WithHttpEndpoint(targetPort: publishes ? ManagementPort : null, name: "http", env: "KEYLIME_MANAGEMENT_PORT")
            .WithHttpHealthCheck("/health", endpointName: "http")
            .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString | ReferenceEnvironmentInjectionFlags.ServiceDiscovery)
            .DisableForwardedHeaders();
    }

    /// <summary>The variable with the address that the service listens on: loopback here, every one of the container's in a deployment.</summary>
    public static IResourceBuilder<ProjectResource> WithAddress(this IResourceBuilder<ProjectResource> service, string variable) =>
        service.WithEnvironment(variable, service.ApplicationBuilder.ExecutionContext.IsPublishMode ? Everywhere : "127.0.0.1");

    private static int? Claim(IResourceBuilder<ProjectResource> service, int port)
    {
        if (PortClaim.TryTake(port) is not { } claim) return null;
        service.ApplicationBuilder.Services.AddSingleton(claim); // Held for as long as there is the application.
        return port;
    }
}
