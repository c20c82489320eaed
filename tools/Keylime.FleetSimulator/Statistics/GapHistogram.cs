namespace Keylime.FleetSimulator.Statistics;

/// <summary>Times between two quotes of one agent, counted by the millisecond up to two minutes; the longest is kept exactly.</summary>
internal sealed class GapHistogram(long timestampFrequency)
{
    private const int Buckets = 120_000;

    private readonly long[] _counts = new long[Buckets + 1];
    private long _longest;

    public void Add(long gap)
    {
        var bucket = Math.Clamp(gap * 1000 / timestampFrequency, 0, Buckets);
        Interlocked.Increment(ref _counts[bucket]);
        for (var longest = Volatile.Read(ref _longest); gap > longest; longest = Volatile.Read(ref _longest))
            if (Interlocked.CompareExchange(ref _longest, gap, longest) == longest) break;
    }

    /// <summary>Sums up what was added since the last time, and begins anew.</summary>
    public GapSummary Take()
    {
        var summary = Summarize();
        Clear();
        return summary;
    }

    public GapSummary Summarize()
    {
        var total = 0L;
        foreach (var count in _counts) total += count;
        return total == 0 ? default : new(Quantile(0.5, total), Quantile(0.99, total), (double)Volatile.Read(ref _longest) / timestampFrequency);
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Volatile.Write(ref _longest, 0);
    }

    private double Quantile(double share, long total)
    {
        var wanted = (long)Math.Ceiling(share * total);
        var seen = 0L;
        for (var bucket = 0; bucket < Buckets; bucket++)
            if ((seen += _counts[bucket]) >= wanted) return bucket / 1000.0;
        return (double)Volatile.Read(ref _longest) / timestampFrequency;
    }
}

/// <summary>Seconds; all null when there was no gap.</summary>
internal readonly record struct GapSummary(double? P50, double? P99, double? Max);
