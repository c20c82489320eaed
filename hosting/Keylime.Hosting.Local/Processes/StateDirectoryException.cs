namespace Aspire.Hosting.Processes;

/// <summary>The folders that a run needs cannot be had; the message says which and why.</summary>
#pragma warning disable CA1064 // Never leaves this assembly.
internal sealed class StateDirectoryException(string message) : Exception(message);
#pragma warning restore CA1064
