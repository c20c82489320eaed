using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.RedisBuilderExtensions</c>.</summary>
public static class RedisBuilderExtensions
{
    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new RedisResource(name, new ParameterResource($"{name}-password", specialCharacters: false)))
            .WithEndpoint("tcp", port: null, targetPort: 6379, name: "tcp", env: null);
}
