using Keylime.Load.Fleet;

namespace Keylime.Load.Reports;

/// <summary>Figures as they are reported: more digits than these would be noise.</summary>
internal static class Rounding
{
    public static double? Rounded(this double? value, int digits) => value is { } number ? Rounded(number, digits) : null;

    // JSON has no word for what a division by nothing leads to.
    public static double Rounded(this double value, int digits) => double.IsFinite(value) ? Math.Round(value, digits) : 0;

    public static Spread Rounded(this Spread spread, int digits) => new(spread.P50.Rounded(digits), spread.P99.Rounded(digits), spread.Max.Rounded(digits));

    /// <summary>How late an agent was asked: a gap without the interval. Percentiles stay percentiles, for the order stays.</summary>
    public static Spread ToLateness(this Spread gapSeconds, TimeSpan interval)
    {
        return new(Late(gapSeconds.P50), Late(gapSeconds.P99), Late(gapSeconds.Max));

        double? Late(double? gap) => gap is { } seconds ? Math.Max(0, (seconds - interval.TotalSeconds) * 1000) : null;
    }
}
