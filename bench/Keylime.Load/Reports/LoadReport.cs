using System.Text.Json;
using System.Text.Json.Serialization;
using Keylime.Load.Fleet;

namespace Keylime.Load.Reports;

/// <summary><c>report.json</c>. The names are a contract with scripts; docs/operations/load.md says how each figure is measured. Null: could not be measured.</summary>
internal sealed record LoadReport
{
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>Repeats the run.</summary>
    public required string Command { get; init; }
    public required MachineReport Machine { get; init; }
    public required int Agents { get; init; }
    public required double IntervalSeconds { get; init; }
    public required double MeasuredSeconds { get; init; }
    public required int Verifiers { get; init; }
    public required int Registrars { get; init; }
    public required bool Single { get; init; }
    public int? CpuQuotaPercent { get; init; }

    /// <summary>Quotes that the fleet's agents served.</summary>
    public required long Attestations { get; init; }
    public required double AttestationsPerSecond { get; init; }
    public required double? VerifierCpuMsPerAttestation { get; init; }
    public required double TlsRequestCpuMs { get; init; }
    public required double SignatureCheckCpuMs { get; init; }
    public required Spread LatenessMs { get; init; }
    public required long MissedDeadlines { get; init; }
    /// <summary>Of them, those around a kill: the time that a take-over takes.</summary>
    public required long MissedDeadlinesByKills { get; init; }
    public required double MemoryKiBPerAgent { get; init; }
    public required double? SqlStatementsPerAttestation { get; init; }
    public required double? RedisCommandsPerAttestation { get; init; }
    public required IReadOnlyList<KillReport> Kills { get; init; }
    public required int InjectedFailures { get; init; }
    public required int LostFailures { get; init; }

    public required IReadOnlyList<string> LostAgents { get; init; }
    /// <summary>What a reader of the figures has to know.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
    public required StartReport Start { get; init; }
    public required CrossCheckReport CrossCheck { get; init; }
    public required IReadOnlyList<ProcessReport> Processes { get; init; }
    /// <summary>The most frequent ones, of all that <see cref="SqlStatementsPerAttestation"/> counts.</summary>
    public required IReadOnlyList<StatementReport> SqlStatements { get; init; }
    /// <summary>Capacity by number of verifiers, of a run with <c>--scaling</c>; the other members are then those of its last part.</summary>
    public IReadOnlyList<ScalingReport>? Scaling { get; init; }
    public required SeriesReport Series { get; init; }
}

/// <param name="OtherCpuShare">Of the machine's CPU time, what neither cluster nor fleet nor the measuring used: with much of it the figures are noise.</param>
internal sealed record MachineReport(int Cores, string Processor, long MemoryMiB, double OtherCpuShare, double BusyCpuShare);

/// <param name="ClusterSeconds">Until every service was healthy.</param>
/// <param name="FleetSeconds">Until all agents were registered and enrolled.</param>
/// <param name="AttestedSeconds">Then until all had been attested.</param>
internal sealed record StartReport(double ClusterSeconds, double FleetSeconds, double AttestedSeconds);

/// <summary>The fleet's count beside the verifiers' own, both since the start, and what the API said of the agents in the end.</summary>
internal sealed record CrossCheckReport(long FleetQuotes, long VerifierAttestations, int Attested, int Failed, int Stale, int Pending);

/// <summary>A service's process, over its restarts.</summary>
internal sealed record ProcessReport(string Name, double CpuSeconds, double? CpuMsPerAttestation, long ResidentKiBBefore, long ResidentKiBAfter);

internal sealed record StatementReport(long Calls, double? PerAttestation, string Text);

/// <param name="GapSeconds">Between the last quote before the kill and the first one after it, of each agent concerned.</param>
/// <param name="ReturnSeconds">From the kill to the first quote after it.</param>
/// <param name="Missing">Agents that were not asked again while the run waited.</param>
/// <param name="RecoverySeconds">From the return of Redis, PostgreSQL or the gateway until the API showed every agent as attested or failed.</param>
/// <param name="EachMaxGapSeconds">The longest gap of each kill, in their order.</param>
internal sealed record KillReport(string Target, int Count, Spread GapSeconds, Spread ReturnSeconds, int Missing, Spread RecoverySeconds, IReadOnlyList<double?> EachMaxGapSeconds);

internal sealed record ScalingReport(int Verifiers, double AttestationsPerSecond, double RatioToLinear, double OfferedPerSecond);

/// <summary>The run over time; every list has an item for each of <see cref="Seconds"/>, null where nothing was known.</summary>
internal sealed record SeriesReport
{
    public required IReadOnlyList<double> Seconds { get; init; }
    public required IReadOnlyList<double?> AttestationsPerSecond { get; init; }
    public required SpreadSeries LatenessMs { get; init; }
    public required IReadOnlyDictionary<string, IReadOnlyList<double?>> CpuMsPerAttestation { get; init; }
    public required IReadOnlyDictionary<string, IReadOnlyList<double?>> ResidentMiB { get; init; }
    public required IReadOnlyList<double?> SqlStatementsPerSecond { get; init; }
    public required IReadOnlyList<double?> RedisCommandsPerSecond { get; init; }
    public required IReadOnlyList<EventReport> Events { get; init; }
}

internal sealed record SpreadSeries(IReadOnlyList<double?> P50, IReadOnlyList<double?> P99, IReadOnlyList<double?> Max);

/// <summary>Something that happened to the cluster: a kill, a start.</summary>
internal sealed record EventReport(double Second, string Text);

internal static class ReportFile
{
    public static string Serialize(LoadReport report) => JsonSerializer.Serialize(report, ReportJson.Default.LoadReport) + "\n";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
