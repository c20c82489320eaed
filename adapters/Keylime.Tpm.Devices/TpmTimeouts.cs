namespace Keylime.Tpm.Devices;

/// <summary>How long a TPM is waited for.</summary>
/// <param name="Busy">For its turn, while other processes use the TPM.</param>
/// <param name="Command">For the answer to one command; making an RSA key takes some TPMs a minute.</param>
public sealed record TpmTimeouts(TimeSpan Busy, TimeSpan Command)
{
    public static TpmTimeouts Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(3));
}
