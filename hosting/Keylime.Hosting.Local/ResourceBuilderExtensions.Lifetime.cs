using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    /// <summary>Starts the resource when <paramref name="dependency"/> runs and its health checks pass; gives up when it ends instead.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport =>
        builder.Annotate(new WaitAnnotation(dependency.Resource, WaitKind.Healthy));

    /// <summary>Starts the resource when <paramref name="dependency"/> has ended with code 0.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Annotate(new WaitAnnotation(dependency.Resource, WaitKind.Completed));

    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder) where T : IResource =>
        builder.Annotate(new ExplicitStartAnnotation());

    public static IResourceBuilder<T> ExcludeFromManifest<T>(this IResourceBuilder<T> builder) where T : IResource =>
        builder.Annotate(new ExcludedFromManifestAnnotation());

    public static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder, string name, string displayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand) where T : IResource =>
        builder.Annotate(new ResourceCommandAnnotation(name, displayName, executeCommand));
}
