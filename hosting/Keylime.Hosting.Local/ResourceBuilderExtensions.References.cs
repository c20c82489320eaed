using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.ReferenceEnvironmentInjectionFlags</c>, of which local mode knows these. Aspire injects
/// connection properties too unless told otherwise; the AppHost always tells, because they would put secrets into plain variables.</summary>
#pragma warning disable CA1711 // Aspire's name.
[Flags]
public enum ReferenceEnvironmentInjectionFlags
{
    None = 0,
    ConnectionString = 1,
    ServiceDiscovery = 4,
    Endpoints = 8,
}
#pragma warning restore CA1711

public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithReference<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null) where T : IResourceWithEnvironment =>
        builder.Annotate(new ResourceReferenceAnnotation(source.Resource, connectionName ?? source.Resource.Name));

    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where T : IResourceWithEnvironment => builder.Annotate(new ResourceReferenceAnnotation(source.Resource, source.Resource.Name));

    public static IResourceBuilder<T> WithReferenceEnvironment<T>(this IResourceBuilder<T> builder, ReferenceEnvironmentInjectionFlags flags)
        where T : IResourceWithEnvironment => builder.Annotate(new ReferenceEnvironmentAnnotation(flags));
}
