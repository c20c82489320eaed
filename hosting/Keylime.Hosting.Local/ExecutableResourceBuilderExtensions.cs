using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.ExecutableResourceBuilderExtensions</c>.</summary>
public static class ExecutableResourceBuilderExtensions
{
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args) =>
        builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory))).WithArgs(args ?? []);
}
