namespace Keylime.Load;

/// <summary>The run cannot be done; the message says why to whoever started it.</summary>
internal sealed class LoadException(string message) : Exception(message);
