namespace Aspire.Hosting.Processes;

/// <summary>Everything about a process to start. <paramref name="Environment"/> comes on top of our own.</summary>
internal sealed record ProcessSpec(
    string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingDirectory)
{
    /// <summary>Run as this user; null for ours.</summary>
    public string? User { get; init; }

    /// <summary>Asks the process to end.</summary>
    public Signal StopSignal { get; init; } = Signal.Terminate;

    /// <summary>What the kernel sends when we die without asking. KILL unless the process has something of its own to end at once.</summary>
    public Signal DeathSignal { get; init; } = Signal.Kill;
}
