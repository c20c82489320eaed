using Keylime.Load.Options;
using Keylime.Load.Reports;

namespace Keylime.Load.Kills;

/// <summary>All kills of a target in one row: percentiles over every agent of every kill.</summary>
internal static class KillSummary
{
    public static IReadOnlyList<KillReport> Of(IEnumerable<KillResult> results) =>
    [
        .. results.GroupBy(result => result.Target).OrderBy(group => group.Key).Select(group => new KillReport(
            LoadCommandLine.Word(group.Key), group.Count(),
            Percentiles.Of([.. group.SelectMany(result => result.Gaps)]).Rounded(3), Percentiles.Of([.. group.SelectMany(result => result.Returns)]).Rounded(3),
            group.Sum(result => result.Missing.Count),
            Percentiles.Of([.. group.Select(result => result.RecoverySeconds).OfType<double>()]).Rounded(3),
            [.. group.Select(result => (result.Gaps.Count > 0 ? result.Gaps.Max() : (double?)null).Rounded(3))])),
    ];
}
