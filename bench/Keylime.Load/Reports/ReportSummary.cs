using System.Globalization;

namespace Keylime.Load.Reports;

/// <summary>The report in a few lines, for the end of a run on a terminal.</summary>
internal static class ReportSummary
{
    public static IEnumerable<string> Of(LoadReport report)
    {
        yield return Line($"{report.Agents} agents every {report.IntervalSeconds} s for {report.MeasuredSeconds} s: {report.AttestationsPerSecond} attestations/s");
        yield return Line($"verifier CPU          {report.VerifierCpuMsPerAttestation} ms per attestation (bare mTLS request {report.TlsRequestCpuMs} ms, signature check {report.SignatureCheckCpuMs} ms)");
        yield return Line($"late by               p50 {report.LatenessMs.P50} ms, p99 {report.LatenessMs.P99} ms, max {report.LatenessMs.Max} ms");
        yield return Line($"missed deadlines      {report.MissedDeadlines}{(report.MissedDeadlinesByKills > 0 ? $", {report.MissedDeadlinesByKills} of them around kills" : "")}");
        yield return Line($"verifier memory       {report.MemoryKiBPerAgent} KiB per agent");
        yield return Line($"per attestation       {Shown(report.SqlStatementsPerAttestation)} SQL statements, {Shown(report.RedisCommandsPerAttestation)} Redis commands");
        foreach (var kill in report.Kills)
            yield return Line($"kill -9 of {kill.Target,-10} {kill.Count} times: gap p50 {kill.GapSeconds.P50} s, p99 {kill.GapSeconds.P99} s, max {kill.GapSeconds.Max} s; asked again after p99 {kill.ReturnSeconds.P99} s; {kill.Missing} not at all{(kill.RecoverySeconds.Max is { } recovery ? $"; all well at most {recovery} s after its return" : "")}");
        if (report.InjectedFailures > 0) yield return Line($"injected failures     {report.InjectedFailures}, lost {report.LostFailures}");
        foreach (var part in report.Scaling ?? [])
            yield return Line($"{part.Verifiers} verifiers           {part.AttestationsPerSecond} attestations/s, {part.RatioToLinear} of linear");
        foreach (var warning in report.Warnings) yield return $"! {warning}";
    }

    private static string Shown(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "unknown";

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
