using System.Globalization;
using Keylime.Load.Cluster;
using Keylime.Load.Kills;
using Keylime.Load.Options;
using Keylime.Load.Running;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Load.Reports;

/// <summary>Turns what was measured into the report's figures.</summary>
internal sealed class ReportAssembly(
    LoadOptions options, ClusterLayout layout, Measured measured, IReadOnlyDictionary<string, long> memoryBefore, IReadOnlyDictionary<string, long> memoryAfter,
    (TimeSpan Tls, TimeSpan Signature) floors, RunJournal journal)
{
    private const double MuchOtherCpu = 0.1;
    /// <summary>Of what the agents could be asked: above it nobody was overloaded.</summary>
    private const double Overloaded = 0.9;
    /// <summary>Quotes on their way, and progress that was not flushed yet when a verifier was killed.</summary>
    private const double CountTolerance = 0.02;
    /// <summary>Between the fleet's last count and the verifiers' last flush.</summary>
    private static readonly TimeSpan CountSkew = TimeSpan.FromSeconds(2);

    public LoadReport Assemble(DateTimeOffset startedAt, StartReport start, IReadOnlyDictionary<string, VerifierAgentResponse> states, long quotesSinceStart, int injected, IReadOnlyList<string> lost)
    {
        var quotes = measured.Fleet.Quotes ?? 0;
        var seconds = measured.Duration.TotalSeconds;
        var verifierCpu = layout.Verifiers.Sum(name => measured.Last.Cpu.GetValueOrDefault(name).TotalMilliseconds);
        var growth = layout.Verifiers.Sum(name => memoryAfter.GetValueOrDefault(name) - memoryBefore.GetValueOrDefault(name));
        var crossCheck = CrossCheck(states, quotesSinceStart);
        var missed = measured.Fleet.PerAgent?.MissedDeadlines ?? 0;
        // A gap around a kill counts once among the missed, however many kills it spans.
        var missedByKills = Math.Min(missed, measured.Kills.Sum(kill => kill.Gaps.LongCount(gap => gap > 2 * options.Interval.TotalSeconds)));
        Warn(quotes / seconds, missed, missedByKills, crossCheck, injected, lost.Count);
        return new()
        {
            StartedAt = startedAt,
            Command = CommandText.Of(options),
            Machine = MachineDescription.Read(measured.Machine.Busy, measured.Machine.Other),
            Agents = options.Agents,
            IntervalSeconds = options.Interval.TotalSeconds,
            MeasuredSeconds = seconds.Rounded(1),
            Verifiers = options.Verifiers,
            Registrars = options.Registrars,
            Single = options.Single,
            CpuQuotaPercent = options.CpuQuotaPercent,
            Attestations = quotes,
            AttestationsPerSecond = (quotes / seconds).Rounded(1),
            VerifierCpuMsPerAttestation = Per(verifierCpu, quotes).Rounded(4),
            TlsRequestCpuMs = floors.Tls.TotalMilliseconds.Rounded(4),
            SignatureCheckCpuMs = floors.Signature.TotalMilliseconds.Rounded(4),
            LatenessMs = (measured.Fleet.GapSeconds ?? new(null, null, null)).ToLateness(options.Interval).Rounded(1),
            MissedDeadlines = missed,
            MissedDeadlinesByKills = missedByKills,
            MemoryKiBPerAgent = ((double)growth / options.Agents).Rounded(1),
            SqlStatementsPerAttestation = measured.CountsSql ? Per(measured.Last.SqlStatements, quotes).Rounded(5) : null,
            RedisCommandsPerAttestation = measured.CountsRedis ? Per(measured.Last.RedisCommands, quotes).Rounded(5) : null,
            Kills = KillSummary.Of(measured.Kills),
            InjectedFailures = injected,
            LostFailures = lost.Count,
            LostAgents = lost,
            Warnings = journal.Warnings,
            Start = start,
            CrossCheck = crossCheck,
            Processes =
            [
                .. measured.Last.Cpu.OrderBy(process => process.Key, StringComparer.Ordinal).Where(process => process.Value > TimeSpan.Zero || memoryBefore.ContainsKey(process.Key)).Select(process => new ProcessReport(
                    process.Key, process.Value.TotalSeconds.Rounded(2), Per(process.Value.TotalMilliseconds, quotes).Rounded(4),
                    memoryBefore.GetValueOrDefault(process.Key), memoryAfter.GetValueOrDefault(process.Key))),
            ],
            SqlStatements = [.. measured.Statements.Select(statement => new StatementReport(statement.Calls, Per(statement.Calls, quotes).Rounded(5), statement.Text))],
            Series = SeriesBuilder.Build(measured.Sampler.Samples, options.Interval, journal.Events),
        };
    }

    private static CrossCheckReport CrossCheck(IReadOnlyDictionary<string, VerifierAgentResponse> states, long quotesSinceStart)
    {
        return new(quotesSinceStart, states.Values.Sum(agent => agent.AttestationCount), Count(TrustState.Attested), Count(TrustState.Failed), Count(TrustState.Stale), Count(TrustState.Pending));

        int Count(string state) => states.Values.Count(agent => agent.TrustState == state);
    }

    private void Warn(double perSecond, long missed, long missedByKills, CrossCheckReport crossCheck, int injected, int lost)
    {
        if (lost > 0) Warn($"{lost} of {injected} injected failures are lost");
        if (missed > missedByKills) Warn($"{missed - missedByKills} deadlines were missed apart from kills: an agent was not asked for two intervals");
        if (missedByKills > 0) Warn($"{missedByKills} deadlines were missed around kills");
        if (injected < options.Inject) Warn($"{options.Inject - injected} ordered faults were not sent: nobody asked those agents again");
        if (crossCheck.Stale + crossCheck.Pending > 0) Warn($"{crossCheck.Stale} agents are stale and {crossCheck.Pending} pending in the end");
        if (crossCheck.Failed > injected) Warn($"{crossCheck.Failed - injected} agents failed that were told nothing of the kind");
        var difference = (double)Math.Abs(crossCheck.FleetQuotes - crossCheck.VerifierAttestations);
        if (difference > CountTolerance * crossCheck.FleetQuotes + options.Agents + CountSkew.TotalSeconds * perSecond)
            Warn($"the fleet served {crossCheck.FleetQuotes} quotes, the verifiers count {crossCheck.VerifierAttestations} attestations");
        if (measured.Machine.Other > MuchOtherCpu) Warn($"other programs used {measured.Machine.Other:P0} of the machine meanwhile: times are noise");
        if (options.CpuQuotaPercent is not null && perSecond > Overloaded * options.Agents / options.Interval.TotalSeconds)
            journal.Warn("the verifiers kept up in spite of their quota: the rate is the agents', not the verifiers' capacity; shorten --interval");
        if (!options.Single && !measured.CountsSql) journal.Warn("PostgreSQL was started without pg_stat_statements: no statements are counted");
    }

    private void Warn(FormattableString text) => journal.Warn(text.ToString(CultureInfo.InvariantCulture));

    private static double? Per(double? amount, long attestations) => amount is { } known && attestations > 0 ? known / attestations : null;
}
