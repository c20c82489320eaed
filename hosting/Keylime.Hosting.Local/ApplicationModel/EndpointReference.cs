using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.EndpointProperty</c>.</summary>
public enum EndpointProperty
{
    Url,
    Host,
    IPV4Host,
    Port,
    Scheme,
    TargetPort,
    HostAndPort,
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.EndpointReference</c>: an endpoint of a resource, by name.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider, IManifestExpressionProvider
{
    /// <summary>Every resource is a process of this machine that listens on the loopback address only.</summary>
    internal const string LoopbackHost = "127.0.0.1";

    public IResourceWithEndpoints Resource => owner;
    public string EndpointName => endpointName;
    public string Scheme => Annotation.UriScheme;
#pragma warning disable CA1822 // An instance member in Aspire.
    public string Host => LoopbackHost;
#pragma warning restore CA1822
    public int Port => Annotation.AllocatedPort
        ?? throw new InvalidOperationException($"The endpoint '{endpointName}' of the resource '{owner.Name}' has no port before the application starts.");
    public string Url => $"{Scheme}://{Host}:{Port}";

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        Property(EndpointProperty.Url).GetValueAsync(cancellationToken);

    string IManifestExpressionProvider.ValueExpression => Property(EndpointProperty.Url).ValueExpression;

    internal EndpointAnnotation Annotation => owner.Annotations.OfType<EndpointAnnotation>().SingleOrDefault(endpoint => endpoint.Name == endpointName)
        ?? throw new InvalidOperationException($"The resource '{owner.Name}' has no endpoint '{endpointName}'.");
}

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.EndpointReferenceExpression</c>: one property of an endpoint.</summary>
public sealed class EndpointReferenceExpression(EndpointReference endpoint, EndpointProperty property) : IValueProvider, IManifestExpressionProvider
{
    public string ValueExpression => property switch
    {
        EndpointProperty.Url => Binding("url"),
        EndpointProperty.Host or EndpointProperty.IPV4Host => Binding("host"),
        EndpointProperty.Scheme => Binding("scheme"),
        EndpointProperty.TargetPort => Binding("targetPort"),
        EndpointProperty.HostAndPort => $"{Binding("host")}:{Binding("port")}",
        _ => Binding("port"),
    };

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(property switch
    {
        EndpointProperty.Url => endpoint.Url,
        EndpointProperty.Host or EndpointProperty.IPV4Host => endpoint.Host,
        EndpointProperty.Scheme => endpoint.Scheme,
        EndpointProperty.HostAndPort => $"{endpoint.Host}:{endpoint.Port}",
        _ => endpoint.Port.ToString(CultureInfo.InvariantCulture),
    });

    private string Binding(string name) => $"{{{endpoint.Resource.Name}.bindings.{endpoint.EndpointName}.{name}}}";
}
