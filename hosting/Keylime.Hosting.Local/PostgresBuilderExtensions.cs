using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.PostgresBuilderExtensions</c>.</summary>
public static class PostgresBuilderExtensions
{
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource(new PostgresServerResource(name, new ParameterResource($"{name}-password", specialCharacters: true)))
            .WithEndpoint("tcp", port: null, targetPort: 5432, name: "tcp", env: null);

    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name)
    {
        var database = new PostgresDatabaseResource(name, builder.Resource);
        builder.Resource.Databases.Add(database);
        return builder.ApplicationBuilder.AddResource(database);
    }
}
