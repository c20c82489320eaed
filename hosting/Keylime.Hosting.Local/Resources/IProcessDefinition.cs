using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Resources;

/// <summary>How one kind of resource becomes a process.</summary>
internal interface IProcessDefinition
{
    string Kind { get; }

    /// <summary>Prepares folders and files, and says what to start. Called at each start.</summary>
    Task<ProcessSpec> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Whether it serves, beyond being a living process. Resources may have health checks besides.</summary>
    Task<bool> IsServingAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Resources that are a part of it: up when it is healthy, down when it ends.</summary>
    IReadOnlyList<ApplicationModel.IResource> Parts => [];
}
