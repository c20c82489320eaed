using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Resources;

internal sealed class ExecutableProcess(ExecutableResource executable) : IProcessDefinition
{
    public string Kind => "Executable";

    public async Task<ProcessSpec> DescribeAsync(CancellationToken cancellationToken) => new(
        executable.Command, await ResourceEnvironment.ResolveArgumentsAsync(executable, cancellationToken),
        await ResourceEnvironment.ResolveAsync(executable, cancellationToken), executable.WorkingDirectory);
}
