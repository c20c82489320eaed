using Keylime.FleetSimulator.Quotes;
using Keylime.Tpm;

namespace Keylime.FleetSimulator.Measurements;

/// <summary>What one machine measured since it booted, and the PCR that says so. Entries are numbers into the image, so a list costs a few bytes.</summary>
/// <param name="image">The software.</param>
/// <param name="firstFile">Which file comes first after the boot aggregate: lists differ from machine to machine and from boot to boot.</param>
internal sealed class MeasurementList(SoftwareImage image, int firstFile)
{
    private readonly byte[] _pcr = new byte[32];

    /// <summary>Entries, the boot aggregate included.</summary>
    public long Count { get; private set; }

    /// <summary>PCR 10 of the SHA-256 bank.</summary>
    public ReadOnlyMemory<byte> Pcr => _pcr.ToArray();

    /// <summary>Measures until there are <paramref name="count"/> entries.</summary>
    public void GrowTo(long count)
    {
        for (; Count < count; Count++) TpmAlgorithm.Sha256.Extend(_pcr, this[Count].ExtendDigest);
    }

    private MeasuredFile this[long entry] => entry == 0 ? image.BootAggregate : image[firstFile + entry - 1];

    /// <summary>Writes entries as the inside of a JSON string. One of them, when named, shows another file of the image than the one that was measured: an entry
    /// that every policy lets pass, and that only the PCR gives away.</summary>
    public void Write(AnswerBuffer answer, long first, long end, long? tampered)
    {
        for (var entry = first; entry < end; entry++) answer.Write(this[entry == tampered ? entry + 1 : entry].JsonLine);
    }
}
