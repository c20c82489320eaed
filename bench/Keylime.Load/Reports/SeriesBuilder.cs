using Keylime.Load.Running;

namespace Keylime.Load.Reports;

/// <summary>Turns samples into a few hundred points: each covers several seconds of a long run, for a second's CPU time is too coarse, and no plot is that wide.</summary>
internal static class SeriesBuilder
{
    private const int MostPoints = 240;
    /// <summary>The kernel counts CPU time in hundredths of a second.</summary>
    private const int LeastSamplesPerPoint = 5;

    public static SeriesReport Build(IReadOnlyList<Sample> samples, TimeSpan interval, IReadOnlyList<EventReport> events)
    {
        // A short run shows what it has.
        var perPoint = samples.Count <= LeastSamplesPerPoint * 2 ? 1 : Math.Max(LeastSamplesPerPoint, (samples.Count + MostPoints - 1) / MostPoints);
        var points = samples.Chunk(perPoint).ToList();
        // The rest of a point at the end would show the noise of a moment.
        if (points.Count > 1 && points[^1].Length < perPoint)
        {
            points[^2] = [.. points[^2], .. points[^1]];
            points.RemoveAt(points.Count - 1);
        }
        var names = samples.SelectMany(sample => sample.Cpu.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        return new()
        {
            Seconds = [.. points.Select(point => point[^1].At.TotalSeconds.Rounded(1))],
            AttestationsPerSecond = Between(points, (before, after) => PerSecond(before, after, after.Quotes - (before?.Quotes ?? 0)), 1),
            LatenessMs = new(
                // The middle of the usual seconds; of the worst the worst.
                Each(points, point => Percentiles.Of(Known(point, sample => sample.GapSeconds.ToLateness(interval).P50)).P50, 1),
                Each(points, point => Percentiles.Of(Known(point, sample => sample.GapSeconds.ToLateness(interval).P99)).Max, 1),
                Each(points, point => Percentiles.Of(Known(point, sample => sample.GapSeconds.ToLateness(interval).Max)).Max, 1)),
            CpuMsPerAttestation = names.ToDictionary(name => name, name => Between(points, (before, after) => CpuPerQuote(name, before, after), 4)),
            ResidentMiB = names.ToDictionary(name => name, name => Each(points, point => point[^1].ResidentKiB.TryGetValue(name, out var kib) ? kib / 1024.0 : null, 1)),
            SqlStatementsPerSecond = Rates(points, sample => sample.SqlStatements),
            RedisCommandsPerSecond = Rates(points, sample => sample.RedisCommands),
            Events = events,
        };
    }

    private static double? CpuPerQuote(string name, Sample? before, Sample after)
    {
        var quotes = after.Quotes - (before?.Quotes ?? 0);
        return quotes > 0 ? (after.Cpu.GetValueOrDefault(name) - (before?.Cpu.GetValueOrDefault(name) ?? TimeSpan.Zero)).TotalMilliseconds / quotes : null;
    }

    private static double? PerSecond(Sample? before, Sample after, double amount) =>
        after.At - (before?.At ?? TimeSpan.Zero) is { Ticks: > 0 } time ? amount / time.TotalSeconds : null;

    /// <summary>Counters are not read at every moment: each point has the rate between the last readings up to it.</summary>
    private static List<double?> Rates(List<Sample[]> points, Func<Sample, long?> count)
    {
        var rates = new List<double?>();
        (TimeSpan At, long Count) last = (TimeSpan.Zero, 0);
        foreach (var point in points)
        {
            var reading = point.LastOrDefault(sample => count(sample) is not null);
            rates.Add(reading is null || reading.At <= last.At ? null : ((count(reading)!.Value - last.Count) / (reading.At - last.At).TotalSeconds).Rounded(2));
            if (reading is not null) last = (reading.At, count(reading)!.Value);
        }
        return rates;
    }

    private static IReadOnlyList<double?> Between(List<Sample[]> points, Func<Sample?, Sample, double?> value, int digits) =>
        [.. points.Select((point, i) => value(i == 0 ? null : points[i - 1][^1], point[^1]).Rounded(digits))];

    private static IReadOnlyList<double?> Each(List<Sample[]> points, Func<Sample[], double?> value, int digits) => [.. points.Select(point => value(point).Rounded(digits))];

    private static double[] Known(Sample[] point, Func<Sample, double?> value) => [.. point.Select(value).OfType<double>()];
}
