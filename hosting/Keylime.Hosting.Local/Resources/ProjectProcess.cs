using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Resources;

/// <summary>A project, started from the assembly that the build has made: <c>dotnet run</c> would cost seconds per resource.</summary>
internal sealed class ProjectProcess(ProjectResource project) : IProcessDefinition
{
    // The muxer of the runtime that we run on ourselves: a user's own SDK need not be on the PATH.
    private static readonly string Dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    public string Kind => "Project";

    public async Task<ProcessSpec> DescribeAsync(CancellationToken cancellationToken)
    {
        var metadata = project.Annotations.OfType<ProjectAnnotation>().Single().Project;
        var assembly = (metadata as IBuiltProject)?.TargetPath
            ?? throw new InvalidOperationException($"The project of '{project.Name}' says nothing of its assembly: it is no ProjectReference of the AppHost");
        if (!File.Exists(assembly))
            throw new InvalidOperationException($"{assembly} is not built");
        return new(
            Dotnet, [assembly, .. await ResourceEnvironment.ResolveArgumentsAsync(project, cancellationToken)],
            await ResourceEnvironment.ResolveAsync(project, cancellationToken), Path.GetDirectoryName(metadata.ProjectPath)!);
    }
}
