namespace Aspire.Hosting.Processes;

/// <summary>Another AppHost runs with the same state folder.</summary>
#pragma warning disable CA1064 // Never leaves this assembly.
internal sealed class StateDirectoryInUseException(string message) : Exception(message);
#pragma warning restore CA1064
