using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Devices;

/// <summary>What to quote.</summary>
/// <param name="QualifyingData">The nonce.</param>
/// <param name="Pcrs">The PCRs.</param>
public sealed record QuoteRequest(ReadOnlyMemory<byte> QualifyingData, IReadOnlyList<PcrSelection> Pcrs)
{
    /// <summary>The PCR that binds a key to a quote: applications may reset it.</summary>
    public const int DataPcr = 16;

    /// <summary>Digests, one per bank, that <see cref="DataPcr"/> is reset and extended with before it is quoted; it then has to be
    /// among <see cref="Pcrs"/>. Null to leave it alone.</summary>
    public IReadOnlyDictionary<TpmAlgorithm, ReadOnlyMemory<byte>>? BoundData { get; init; }
}
