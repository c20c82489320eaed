using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices;

/// <summary>An endorsement key of a TPM: made from its template whenever it is needed, or kept by the TPM under a persistent
/// handle.</summary>
public sealed class TpmEndorsementKey
{
    internal TpmEndorsementKey(EndorsementKeyTemplate template, PublicArea area, uint? persistentHandle) =>
        (Template, Public, PersistentHandle) = (template, area, persistentHandle);

    public EndorsementKeyTemplate Template { get; }

    public PublicArea Public { get; }

    public uint? PersistentHandle { get; }

    internal KeyContext Context { get; init; } = new();
}
