using System.Globalization;

namespace Keylime.Load.Reports.Html;

/// <summary>Round numbers from zero to a little above the largest value.</summary>
internal sealed record Axis(double Top, double Step)
{
    private const int MostSteps = 5;
    private static readonly double[] RoundFactors = [1, 2, 5, 10];

    public IEnumerable<double> Ticks
    {
        get
        {
            for (var i = 0; i * Step <= Top * 1.0001; i++) yield return i * Step;
        }
    }

    public static Axis UpTo(double largest)
    {
        if (!double.IsFinite(largest) || largest <= 0) return new(1, 1);
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(largest / MostSteps)));
        var step = RoundFactors.Select(factor => factor * magnitude).First(candidate => candidate * MostSteps >= largest * 0.9999);
        return new(Math.Ceiling(largest / step * 0.9999) * step, step);
    }

    /// <summary>As many digits as tell the ticks apart.</summary>
    public string Show(double value) => value.ToString(Step >= 1 ? "#,0" : $"0.{new string('0', Math.Clamp((int)Math.Ceiling(-Math.Log10(Step)), 1, 6))}", CultureInfo.InvariantCulture);
}
