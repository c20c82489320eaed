using Keylime.Fuzz.Coverage;

namespace Keylime.Fuzz.Engine;

/// <summary>Picks few small inputs that take all the edges that many take.</summary>
internal static class CorpusMinimizer
{
    private const int MaxInputs = 48;
    private const int MaxTotalBytes = 24 * 1024;

    public static IReadOnlyList<byte[]> Minimize(IEnumerable<byte[]> pool, FuzzTarget target)
    {
        using var edges = new EdgeMap();
        var kept = new List<byte[]>();
        var total = 0;
        foreach (var input in pool.OrderBy(input => input.Length))
        {
            if (kept.Count == MaxInputs || total + input.Length > MaxTotalBytes) break;
            edges.Begin();
            var before = edges.Count;
            target.Run(input);
            edges.Merge();
            if (edges.Count == before) continue;
            kept.Add(input);
            total += input.Length;
        }
        return kept;
    }
}
