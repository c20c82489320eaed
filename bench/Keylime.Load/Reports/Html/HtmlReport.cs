using System.Globalization;
using System.Net;
using System.Text;
using Keylime.Load.Fleet;
using Keylime.Load.Running;

namespace Keylime.Load.Reports.Html;

/// <summary><c>report.html</c>: the report for people, in one file without scripts.</summary>
internal static class HtmlReport
{
    private const string None = "-";

    public static string Draw(LoadReport report)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .Append("<meta name=\"color-scheme\" content=\"light dark\"><title>Keylime under load</title><style>\n").Append(Palette.Style).Append("\n</style></head><body>\n");
        AppendHead(page, report);
        AppendTiles(page, report);
        AppendKills(page, report);
        AppendScaling(page, report);
        page.Append("<h2>Over time</h2><div class=\"plots\">\n");
        foreach (var plot in Plots(report)) page.Append(plot);
        page.Append("</div>\n");
        AppendProcesses(page, report);
        AppendStatements(page, report);
        AppendChecks(page, report);
        return page.Append("</body></html>\n").ToString();
    }

    private static void AppendHead(StringBuilder page, LoadReport report)
    {
        var size = report.Single ? "one process with SQLite" : $"{Counted(report.Verifiers, "verifier")}, {Counted(report.Registrars, "registrar")}";
        var quota = report.CpuQuotaPercent is { } percent ? $", each verifier limited to {Number(percent)} % of a CPU" : "";
        page.Append("<h1>Keylime under load</h1>")
            .Append(Paragraph($"{Number(report.Agents)} agents every {Number(report.IntervalSeconds)} s for {Number(report.MeasuredSeconds)} s; {size}{quota}"))
            .Append(Paragraph($"{report.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {report.Machine.Cores} cores, {report.Machine.Processor}, {Number(report.Machine.MemoryMiB)} MiB"))
            .Append("<code>").Append(Text(report.Command)).Append("</code>\n");
        if (report.Warnings.Count == 0) return;
        page.Append("<ul class=\"warnings\">");
        foreach (var warning in report.Warnings) page.Append("<li>").Append(Text(warning)).Append("</li>");
        page.Append("</ul>\n");
    }

    private static void AppendTiles(StringBuilder page, LoadReport report)
    {
        page.Append("<ul class=\"tiles\">");
        Tile("attestations per second", Number(report.AttestationsPerSecond), $"{Number(report.Attestations)} in all");
        Tile("verifier CPU per attestation", $"{Number(report.VerifierCpuMsPerAttestation)} ms", $"bare mTLS request {Number(report.TlsRequestCpuMs)} ms, signature check {Number(report.SignatureCheckCpuMs)} ms");
        Tile("late by, p99", Milliseconds(report.LatenessMs.P99), $"p50 {Milliseconds(report.LatenessMs.P50)}, max {Milliseconds(report.LatenessMs.Max)}");
        Tile("missed deadlines", Number(report.MissedDeadlines), report.MissedDeadlinesByKills > 0 ? $"not asked for two intervals; {Number(report.MissedDeadlinesByKills)} around kills" : "not asked for two intervals", report.MissedDeadlines > report.MissedDeadlinesByKills);
        Tile("verifier memory per agent", $"{Number(report.MemoryKiBPerAgent)} KiB", "growth of resident memory since before enrollment");
        Tile("SQL statements per attestation", Number(report.SqlStatementsPerAttestation), "all in the verifiers' database");
        Tile("Redis commands per attestation", Number(report.RedisCommandsPerAttestation), "all but the measurement's own");
        if (report.InjectedFailures > 0) Tile("lost failures", Number(report.LostFailures), $"of {Number(report.InjectedFailures)} injected", report.LostFailures > 0);
        page.Append("</ul>\n");

        void Tile(string name, string figure, string detail, bool bad = false) =>
            page.Append(bad ? "<li class=\"bad\">" : "<li>").Append(Text(name)).Append("<b>").Append(Text(figure)).Append("</b><span>").Append(Text(detail)).Append("</span></li>");
    }

    private static void AppendKills(StringBuilder page, LoadReport report)
    {
        if (report.Kills.Count == 0) return;
        page.Append("<h2>Kills</h2>").Append(Paragraph("Gap: between the last quote before the kill and the first one after it, of each agent concerned. Return: from the kill to that first quote. Recovery: from the return of what was killed until the API showed every agent as attested or failed."));
        AppendTable(page, ["killed (-9)", "times", "gap p50", "gap p99", "gap max", "return p50", "return p99", "return max", "not asked again", "recovery max"],
            report.Kills.Select(kill => (string[])[kill.Target, Number(kill.Count), .. Seconds(kill.GapSeconds), .. Seconds(kill.ReturnSeconds), Number(kill.Missing), Seconds(kill.RecoverySeconds)[^1]]));
    }

    private static void AppendScaling(StringBuilder page, LoadReport report)
    {
        if (report.Scaling is not { Count: > 0 } scaling) return;
        page.Append("<h2>Scaling</h2>").Append(Paragraph("Each verifier with the same quota of CPU, under more load than it can carry. The rest of this page is the last part's."));
        AppendTable(page, ["verifiers", "attestations per second", "of linear", "offered per second"],
            scaling.Select(part => (string[])[Number(part.Verifiers), Number(part.AttestationsPerSecond), Number(part.RatioToLinear), Number(part.OfferedPerSecond)]));
        page.Append("<div class=\"plots\">").Append(BarPlot.Draw("Attestations per second by verifiers", "", [.. scaling.Select(part => (Number(part.Verifiers), (double?)part.AttestationsPerSecond))])).Append("</div>");
    }

    private static IEnumerable<string> Plots(LoadReport report)
    {
        var series = report.Series;
        var kills = series.Events.Where(happened => happened.Text.StartsWith("kill ", StringComparison.Ordinal)).ToList();
        Plot New(string title, string unit, IReadOnlyList<PlotLine> lines) => new(title, unit, series.Seconds, lines, kills);

        yield return LinePlot.Draw(New("Attestations", "per second", [new("attestations", series.AttestationsPerSecond)]));
        yield return LinePlot.Draw(New("Lateness", "ms after the interval's end", [new("p50", series.LatenessMs.P50), new("p99", series.LatenessMs.P99), new("max", series.LatenessMs.Max)]));
        yield return LinePlot.Draw(New("CPU time", "ms per attestation", Largest(series.CpuMsPerAttestation)));
        yield return LinePlot.Draw(New("Resident memory", "MiB", Largest(series.ResidentMiB)));
        if (!report.Single) yield return LinePlot.Draw(New("SQL statements", "per second", [new("SQL", series.SqlStatementsPerSecond)]));
        if (!report.Single) yield return LinePlot.Draw(New("Redis commands", "per second", [new("Redis", series.RedisCommandsPerSecond)]));
        if (report.Kills.Count > 0)
            yield return BarPlot.Draw("Longest gap of each kill", "s", [.. report.Kills.SelectMany(kill => kill.EachMaxGapSeconds.Select((gap, i) => ($"{kill.Target} {Number(i + 1)}", gap)))]);
    }

    /// <summary>As many lines as there are colours; what is smallest is left to the table.</summary>
    private static IReadOnlyList<PlotLine> Largest(IReadOnlyDictionary<string, IReadOnlyList<double?>> lines) =>
    [
        .. lines.Where(line => line.Key is not (Sampler.Measuring or Sampler.AppHost)).OrderByDescending(line => line.Value.OfType<double>().DefaultIfEmpty(0).Average()).Take(Palette.Size)
            .OrderBy(line => line.Key, StringComparer.Ordinal).Select(line => new PlotLine(line.Key, line.Value)),
    ];

    private static void AppendProcesses(StringBuilder page, LoadReport report)
    {
        page.Append("<h2>Processes</h2>");
        AppendTable(page, ["process", "CPU s", "ms per attestation", "MiB before", "MiB after"], report.Processes.Select(process => (string[])
            [process.Name, Number(process.CpuSeconds), Number(process.CpuMsPerAttestation), Number(Math.Round(process.ResidentKiBBefore / 1024.0, 1)), Number(Math.Round(process.ResidentKiBAfter / 1024.0, 1))]));
    }

    private static void AppendStatements(StringBuilder page, LoadReport report)
    {
        if (report.SqlStatements.Count == 0) return;
        page.Append("<h2>Most frequent SQL statements</h2><div class=\"texts\">");
        AppendTable(page, ["executions", "per attestation", "statement"], report.SqlStatements.Select(statement => (string[])[Number(statement.Calls), Number(statement.PerAttestation), statement.Text]));
        page.Append("</div>\n");
    }

    private static void AppendChecks(StringBuilder page, LoadReport report)
    {
        var check = report.CrossCheck;
        page.Append("<h2>Checks</h2>")
            .Append(Paragraph($"Since the start the fleet served {Number(check.FleetQuotes)} quotes; the verifiers count {Number(check.VerifierAttestations)} good attestations."))
            .Append(Paragraph($"In the end {Number(check.Attested)} agents were attested, {Number(check.Failed)} failed, {Number(check.Stale)} stale, {Number(check.Pending)} pending."))
            .Append(Paragraph($"The cluster was ready after {Number(report.Start.ClusterSeconds)} s, the fleet registered and enrolled after {Number(report.Start.FleetSeconds)} s, and attested {Number(report.Start.AttestedSeconds)} s later."))
            .Append(Paragraph($"While it was measured the machine was busy to {Number(report.Machine.BusyCpuShare * 100)} %, of which {Number(report.Machine.OtherCpuShare * 100)} points were other programs'."));
        if (report.LostAgents.Count > 0) page.Append(Paragraph($"Lost: {string.Join(", ", report.LostAgents)}"));
    }

    private static void AppendTable(StringBuilder page, string[] head, IEnumerable<string[]> rows)
    {
        page.Append("<div class=\"wide\"><table><thead><tr>");
        foreach (var cell in head) page.Append("<th>").Append(Text(cell)).Append("</th>");
        page.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            foreach (var cell in row) page.Append("<td>").Append(Text(cell)).Append("</td>");
            page.Append("</tr>");
        }
        page.Append("</tbody></table></div>\n");
    }

    private static string[] Seconds(Spread spread) => [.. new[] { spread.P50, spread.P99, spread.Max }.Select(value => value is { } seconds ? $"{Number(seconds)} s" : None)];

    private static string Milliseconds(double? value) => value is { } known ? $"{Number(known)} ms" : None;

    private static string Counted(int number, string what) => $"{Number(number)} {what}{(number == 1 ? "" : "s")}";

    private static string Number(double? value) => value switch
    {
        null => None,
        var known when Math.Abs(known.Value) >= 1000 => known.Value.ToString("#,0", CultureInfo.InvariantCulture),
        var known when Math.Abs(known.Value) >= 1 => known.Value.ToString("0.##", CultureInfo.InvariantCulture),
        var known => known.Value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    private static string Paragraph(FormattableString text) => Paragraph(text.ToString(CultureInfo.InvariantCulture));

    private static string Paragraph(string text) => $"<p class=\"soft\">{Text(text)}</p>";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
