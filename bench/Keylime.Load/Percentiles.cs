using Keylime.Load.Fleet;

namespace Keylime.Load;

internal static class Percentiles
{
    /// <summary>By nearest rank: a value that occurred, not one between two.</summary>
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return new(null, null, null);
        var sorted = values.Order().ToArray();
        return new(At(sorted, 0.5), At(sorted, 0.99), sorted[^1]);
    }

    private static double At(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
