using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>One measurement that firmware or a boot loader logged.</summary>
/// <param name="Number">0-based position in the log; the header of a crypto-agile log is number 0.</param>
/// <param name="Pcr">The PCR that it was extended into.</param>
/// <param name="Type">What it says it is. Not covered by the digests.</param>
/// <param name="Digests">One digest for each bank.</param>
/// <param name="Data">What was measured, or a description of it; borrowed from the log.</param>
/// <remarks>TCG PC Client Platform Firmware Profile, TCG_PCR_EVENT and TCG_PCR_EVENT2.</remarks>
public sealed record BootEvent(int Number, int Pcr, BootEventType Type, IReadOnlyList<BootEventDigest> Digests, ReadOnlyMemory<byte> Data)
{
    /// <summary>The digest of one bank; empty when the event has none.</summary>
    public ReadOnlyMemory<byte> DigestOf(TpmAlgorithm bank)
    {
        foreach (var digest in Digests)
            if (digest.Bank == bank) return digest.Value;
        return default;
    }
}

/// <summary>Digest of an event in one bank; borrowed from the log.</summary>
public readonly record struct BootEventDigest(TpmAlgorithm Bank, ReadOnlyMemory<byte> Value);
