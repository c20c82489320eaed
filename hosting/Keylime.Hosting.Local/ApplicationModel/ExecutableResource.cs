namespace Aspire.Hosting.ApplicationModel;

/// <summary>Stands for <c>Aspire.Hosting.ApplicationModel.ExecutableResource</c>: a program of the machine.</summary>
public sealed class ExecutableResource(string name, string command, string workingDirectory)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
{
    public string Command => command;
    public string WorkingDirectory => workingDirectory;
}
