using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices;

/// <summary>A quote with the PCR values that it covers.</summary>
/// <param name="Attest">TPMS_ATTEST, byte for byte what was signed.</param>
/// <param name="Signature">The signature over it.</param>
/// <param name="Pcrs">The values.</param>
public sealed record TpmQuote(ReadOnlyMemory<byte> Attest, Signature Signature, PcrBlob Pcrs);
