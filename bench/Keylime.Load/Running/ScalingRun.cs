using System.Globalization;
using Keylime.Load.Options;
using Keylime.Load.Progress;
using Keylime.Load.Reports;

namespace Keylime.Load.Running;

/// <summary>The same load on one number of verifiers after another, each in a cluster of its own.</summary>
internal sealed class ScalingRun(LoadOptions options, string folder, IProgressDisplay display)
{
    public async Task<LoadReport> RunAsync(CancellationToken cancellationToken)
    {
        var parts = new List<LoadReport>();
        foreach (var verifiers in options.Scaling)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"verifiers-{verifiers}");
            display.Line(name);
            var part = options with { Verifiers = verifiers, Scaling = [] };
            parts.Add(await new LoadRun(part, Directory.CreateDirectory(Path.Combine(folder, name)).FullName, display).RunAsync(cancellationToken));
        }
        return parts[^1] with
        {
            Command = CommandText.Of(options),
            Scaling = Compare([.. parts.Select(part => (part.Verifiers, part.AttestationsPerSecond))], options.Agents / options.Interval.TotalSeconds),
            Warnings = [.. parts.SelectMany(part => part.Warnings.Select(warning => string.Create(CultureInfo.InvariantCulture, $"{part.Verifiers} verifiers: {warning}")))],
        };
    }

    /// <summary>Linear is what each verifier of the first part did, times the number of verifiers.</summary>
    internal static IReadOnlyList<ScalingReport> Compare(IReadOnlyList<(int Verifiers, double PerSecond)> parts, double offeredPerSecond) =>
    [
        .. parts.Select(part => new ScalingReport(part.Verifiers, part.PerSecond,
            (part.PerSecond / part.Verifiers / (parts[0].PerSecond / parts[0].Verifiers)).Rounded(3), offeredPerSecond.Rounded(1))),
    ];
}
