using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Resources;

/// <summary>The environment variables and arguments of a resource as the model states them: text, or values with a manifest expression.</summary>
internal static class ResourceEnvironment
{
    /// <summary>In order; a later variable of the same name wins.</summary>
    public static IEnumerable<(string Name, object Value)> Describe(IResource resource, bool publishes)
    {
        var flags = resource.Annotations.OfType<ReferenceEnvironmentAnnotation>().LastOrDefault()?.Flags
            ?? ReferenceEnvironmentInjectionFlags.ConnectionString | ReferenceEnvironmentInjectionFlags.ServiceDiscovery | ReferenceEnvironmentInjectionFlags.Endpoints;
        return [.. DescribeWebServer(resource, publishes), .. resource.Annotations.SelectMany(annotation => annotation switch
        {
            EnvironmentAnnotation variable => [(variable.Name, variable.Value)],
            ResourceReferenceAnnotation reference => DescribeReference(reference, flags),
            _ => Enumerable.Empty<(string, object)>(),
        })];
    }

    public static IEnumerable<object> DescribeArguments(IResource resource) =>
        resource.Annotations.OfType<ArgumentAnnotation>().Select(argument => argument.Value);

    public static async Task<IReadOnlyDictionary<string, string>> ResolveAsync(IResource resource, CancellationToken cancellationToken)
    {
        var variables = new Dictionary<string, string>();
        foreach (var (name, value) in Describe(resource, publishes: false))
            variables[name] = await ResolveAsync(value, cancellationToken);
        return variables;
    }

    public static async Task<IReadOnlyList<string>> ResolveArgumentsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var arguments = new List<string>();
        foreach (var argument in DescribeArguments(resource))
            arguments.Add(await ResolveAsync(argument, cancellationToken));
        return arguments;
    }

    private static async Task<string> ResolveAsync(object value, CancellationToken cancellationToken) =>
        (value is IValueProvider provider ? await provider.GetValueAsync(cancellationToken) : value.ToString()) ?? "";

    /// <summary>ASP.NET Core's own variables, for the web endpoints that no variable of the program tells.</summary>
    private static IEnumerable<(string, object)> DescribeWebServer(IResource resource, bool publishes)
    {
        if (resource is not ProjectResource owner)
            yield break;
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToList();
        if (publishes && endpoints.Count > 0 && !resource.Annotations.OfType<NoForwardedHeadersAnnotation>().Any())
            yield return ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true");
        var web = endpoints.Where(endpoint => !endpoint.IsToldToProgram && endpoint.Transport == "http").ToList();
        if (web.Count > 0 && !publishes)
            yield return ("ASPNETCORE_URLS", string.Join(';', web.Select(endpoint => new EndpointReference(owner, endpoint.Name).Url)));
        foreach (var scheme in publishes ? web.GroupBy(endpoint => endpoint.UriScheme) : [])
            yield return ($"{scheme.Key.ToUpperInvariant()}_PORTS", string.Join(';', scheme.Select(
                endpoint => new EndpointReference(owner, endpoint.Name).Property(EndpointProperty.TargetPort).ValueExpression)));
    }

    private static IEnumerable<(string, object)> DescribeReference(ResourceReferenceAnnotation reference, ReferenceEnvironmentInjectionFlags flags)
    {
        if (reference.Resource is IResourceWithConnectionString source)
        {
            if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ConnectionString))
                yield return ($"ConnectionStrings__{reference.Name}", source);
            yield break;
        }

        var owner = (IResourceWithEndpoints)reference.Resource;
        foreach (var endpoint in owner.Annotations.OfType<EndpointAnnotation>().Select(endpoint => new EndpointReference(owner, endpoint.Name)))
        {
            if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.ServiceDiscovery))
                yield return ($"services__{reference.Name}__{endpoint.EndpointName}__0", endpoint);
            if (flags.HasFlag(ReferenceEnvironmentInjectionFlags.Endpoints))
                yield return (PairName(reference.Name, endpoint.EndpointName), endpoint);
        }
    }

    private static string PairName(string resource, string endpoint) => $"{resource}_{endpoint}".Replace('-', '_').ToUpperInvariant();
}
