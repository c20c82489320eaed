using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Testing;

/// <summary>Stands for <c>Aspire.Hosting.Testing.DistributedApplicationHostingTestingExtensions</c>.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new() { BaseAddress = app.GetEndpoint(resourceName, endpointName) };

    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null)
    {
        var resource = Get<IResourceWithEndpoints>(app, resourceName);
        var name = endpointName ?? resource.Annotations.OfType<EndpointAnnotation>().First(endpoint => endpoint.Transport == "http").Name;
        return new(new EndpointReference(resource, name).Url);
    }

    public static ValueTask<string?> GetConnectionStringAsync(this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Get<IResourceWithConnectionString>(app, resourceName).GetConnectionStringAsync(cancellationToken);

    private static T Get<T>(DistributedApplication app, string resourceName) where T : class, IResource =>
        app.Resources.OfType<T>().FirstOrDefault(resource => string.Equals(resource.Name, resourceName, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no resource '{resourceName}' of the kind {typeof(T).Name}.", nameof(resourceName));
}
