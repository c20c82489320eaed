using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>The PCR values that a boot log leads to.</summary>
public static class BootLogReplay
{
    private static ReadOnlySpan<byte> StartupLocality => "StartupLocality\0"u8;

    /// <summary>Replays one bank. The result holds only PCRs that the log extends.</summary>
    /// <param name="log">The log.</param>
    /// <param name="bank">A bank of the log whose hash can be computed.</param>
    /// <returns>PCR number to value.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bank is not one of SHA-1, SHA-256, SHA-384, SHA-512.</exception>
    public static IReadOnlyDictionary<int, byte[]> Replay(BootLog log, TpmAlgorithm bank)
    {
        var values = new Dictionary<int, byte[]>();
        var locality = FindStartupLocality(log);
        foreach (var boot in log.Events)
        {
            if (boot.Type == BootEventType.NoAction) continue;
            var digest = boot.DigestOf(bank);
            if (digest.Length != bank.DigestBytes()) continue;
            if (!values.TryGetValue(boot.Pcr, out var value))
            {
                value = new byte[bank.DigestBytes()];
                if (boot.Pcr == 0) value[^1] = locality;
                values.Add(boot.Pcr, value);
            }
            bank.Extend(value, digest.Span);
        }
        return values;
    }

    /// <summary>The locality that the TPM was started from, which is PCR 0's first value; 0 when the log does not say.</summary>
    /// <remarks>TCG PC Client Platform Firmware Profile, TCG_EfiStartupLocalityEvent. It is not extended, but a wrong one makes PCR 0 not match.</remarks>
    public static byte FindStartupLocality(BootLog log)
    {
        foreach (var boot in log.Events)
            if (boot is { Type: BootEventType.NoAction, Pcr: 0 } && boot.Data.Length == StartupLocality.Length + 1 && boot.Data.Span.StartsWith(StartupLocality))
                return boot.Data.Span[^1];
        return 0;
    }

    /// <summary>The digests that a kernel may measure as <c>boot_aggregate</c>: over PCR 0 to 7 (before Linux 5.8) and over PCR 0 to 9.</summary>
    /// <param name="values">Result of <see cref="Replay"/> for the bank. A PCR that the log does not extend counts as zeros.</param>
    /// <param name="bank">The bank.</param>
    public static IReadOnlyList<byte[]> BootAggregates(IReadOnlyDictionary<int, byte[]> values, TpmAlgorithm bank)
    {
        var size = bank.DigestBytes();
        var joined = new byte[10 * size];
        for (var pcr = 0; pcr < 10; pcr++)
            if (values.TryGetValue(pcr, out var value)) value.CopyTo(joined, pcr * size);
        return [bank.HashData(joined.AsSpan(0, 8 * size)), bank.HashData(joined)];
    }
}
