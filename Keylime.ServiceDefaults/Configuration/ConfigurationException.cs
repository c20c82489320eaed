namespace Keylime.ServiceDefaults.Configuration;

/// <summary>The operator's mistake, in one line that names option, source and value. <see cref="KeylimeHost"/> prints it without a stack trace.</summary>
public sealed class ConfigurationException(string message, Exception? cause = null) : Exception(message, cause);
