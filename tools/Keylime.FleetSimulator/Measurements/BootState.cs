using System.Security.Cryptography;

namespace Keylime.FleetSimulator.Measurements;

/// <summary>What the firmware and the boot loader left behind: PCRs of the SHA-256 bank, and the log that explains them.</summary>
/// <param name="Pcrs">PCRs that were extended.</param>
/// <param name="Log">The firmware's event log; null for machines without one.</param>
internal sealed record BootState(IReadOnlyDictionary<int, byte[]> Pcrs, byte[]? Log)
{
    /// <summary>PCRs 0 to 9 are what the kernel's boot aggregate is over.</summary>
    private const int AggregatePcrs = 10;

    private static readonly ReadOnlyMemory<byte> s_zeros = new byte[32];

    /// <summary>A machine whose boot was measured, and can be looked up.</summary>
    public static BootState WithLog()
    {
        var log = BootLogWriter.Write();
        return new(log.Pcrs, log.Bytes);
    }

    /// <summary>A machine whose firmware measures nothing.</summary>
    public static BootState WithoutLog { get; } = new(new Dictionary<int, byte[]>(), null);

    public ReadOnlyMemory<byte> ValueOf(int pcr) => Pcrs.TryGetValue(pcr, out var value) ? value : s_zeros;

    /// <summary>The digest of the IMA list's first entry.</summary>
    public byte[] Aggregate()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var pcr = 0; pcr < AggregatePcrs; pcr++) hash.AppendData(ValueOf(pcr).Span);
        return hash.GetHashAndReset();
    }
}
