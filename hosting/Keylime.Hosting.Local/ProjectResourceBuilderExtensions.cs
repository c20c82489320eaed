using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.ProjectResourceBuilderExtensions</c>.</summary>
public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var project = builder.AddResource(new ProjectResource(name)).Annotate(new ProjectAnnotation(new TProject()));
        project.WithEnvironment("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory");
        return builder.ExecutionContext.IsRunMode
            ? project.WithEnvironment("OTEL_SERVICE_NAME", name).WithEnvironment("OTEL_RESOURCE_ATTRIBUTES", $"service.instance.id={Guid.NewGuid().ToString("N")[..8]}")
            : project;
    }

    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder) =>
        builder.Annotate(new NoForwardedHeadersAnnotation());
}
