namespace Keylime.Tpm.Devices;

/// <summary>The TPM cannot be reached, does not answer in time, or answers what is no response.</summary>
public sealed class TpmUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
