namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.RedisResource</c>.</summary>
public sealed class RedisResource(string name, ParameterResource password) : Resource(name), IResourceWithEndpoints, IResourceWithConnectionString
{
    internal ParameterResource Password => password;
    internal EndpointReference Endpoint => new(this, "tcp");

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={password}");
}
