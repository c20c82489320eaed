using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>What TPM2_Quote and TPM2_Certify give back.</summary>
/// <param name="Attest">TPMS_ATTEST, byte for byte what was signed.</param>
/// <param name="Signature">The signature.</param>
public sealed record AttestResponse(ReadOnlyMemory<byte> Attest, Signature Signature)
{
    private const int MaxAttestBytes = 1024;

    internal static AttestResponse Read(ref TpmReader reader, uint handle) =>
        new(reader.ReadSized(MaxAttestBytes).ToArray(), Signature.Read(ref reader));
}
