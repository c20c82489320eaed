using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices;

/// <summary>An attestation key, made under an endorsement key. Both parts have to be stored to have the same key after a restart.</summary>
public sealed class TpmAttestationKey
{
    internal TpmAttestationKey(TpmEndorsementKey parent, PublicArea area, ReadOnlyMemory<byte> sealedPart) =>
        (Parent, Public, Private) = (parent, area, sealedPart);

    public TpmEndorsementKey Parent { get; }

    public PublicArea Public { get; }

    /// <summary>The private part, encrypted by the endorsement key: of no use outside this TPM.</summary>
    public ReadOnlyMemory<byte> Private { get; }

    internal KeyContext Context { get; } = new();
}
