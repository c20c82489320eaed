namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.PostgresServerResource</c>.</summary>
public sealed class PostgresServerResource(string name, ParameterResource password) : Resource(name), IResourceWithEndpoints, IResourceWithConnectionString
{
    internal const string UserName = "postgres";

    internal ParameterResource Password => password;
    internal EndpointReference Endpoint => new(this, "tcp");
    internal List<PostgresDatabaseResource> Databases { get; } = [];

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={Endpoint.Property(EndpointProperty.Host)};Port={Endpoint.Property(EndpointProperty.Port)};Username={UserName};Password={password}");
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.PostgresDatabaseResource</c>.</summary>
public sealed class PostgresDatabaseResource(string name, PostgresServerResource server) : Resource(name), IResourceWithConnectionString, IResourceWithParent
{
    public IResource Parent => server;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{server};Database={Name}");
}
