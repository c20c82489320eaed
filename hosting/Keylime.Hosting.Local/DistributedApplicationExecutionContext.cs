namespace Aspire.Hosting;

/// <summary>Stands for <c>Aspire.Hosting.DistributedApplicationExecutionContext</c>: whether the composition runs, or is written down for a deployment.</summary>
public sealed class DistributedApplicationExecutionContext
{
    internal DistributedApplicationExecutionContext(bool publishes) => IsPublishMode = publishes;

    public bool IsPublishMode { get; }
    public bool IsRunMode => !IsPublishMode;
}
