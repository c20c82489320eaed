using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint("http", port, targetPort, name, env);

    public static IResourceBuilder<T> WithHttpsEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint("https", port, targetPort, name, env);

    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.Transport == "http"))
            endpoint.IsExternal = true;
        return builder;
    }

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints =>
        new(builder.Resource, name);

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key) where T : IResource =>
        builder.Annotate(new HealthCheckAnnotation(key));

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null) where T : IResourceWithEndpoints
    {
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        var key = $"{builder.Resource.Name}_{endpoint.EndpointName}_{path}_{statusCode ?? 200}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks()
            .Add(new(key, _ => new Resources.HttpHealthCheck(endpoint, path ?? "/", statusCode ?? 200), failureStatus: null, tags: null));
        return builder.WithHealthCheck(key);
    }

    internal static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, string scheme, int? port, int? targetPort, string? name, string? env)
        where T : IResourceWithEndpoints
    {
        var endpoint = new EndpointAnnotation(name ?? scheme, scheme, port, targetPort, toldToProgram: env is not null);
        if (builder.Resource.Annotations.OfType<EndpointAnnotation>().Any(other => string.Equals(other.Name, endpoint.Name, StringComparison.OrdinalIgnoreCase)))
            throw new InvalidOperationException($"The resource '{builder.Resource.Name}' already has an endpoint '{endpoint.Name}'.");
        builder.Annotate(endpoint);
        return env is null ? builder : builder.Annotate(new EnvironmentAnnotation(env, builder.GetEndpoint(endpoint.Name).Property(EndpointProperty.TargetPort)));
    }
}
