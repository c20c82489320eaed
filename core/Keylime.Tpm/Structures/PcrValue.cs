namespace Keylime.Tpm.Structures;

/// <summary>The value of one PCR.</summary>
/// <param name="Bank">Hash algorithm of its bank.</param>
/// <param name="Pcr">Number of the PCR.</param>
/// <param name="Value">As many bytes as the bank's digest.</param>
public readonly record struct PcrValue(TpmAlgorithm Bank, int Pcr, ReadOnlyMemory<byte> Value);
