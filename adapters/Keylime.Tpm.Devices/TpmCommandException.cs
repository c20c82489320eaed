using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Devices;

/// <summary>The TPM refused a command.</summary>
public sealed class TpmCommandException(TpmCommandCode command, TpmResponseCode response)
    : Exception($"TPM2_{command} failed: {response}")
{
    public TpmCommandCode Command => command;

    public TpmResponseCode Response => response;
}
