using Keylime.Load.Fleet;
using Keylime.Load.Reports;
using Keylime.Load.Running;

namespace Keylime.Load.Tests.Reports;

/// <summary>Runs that never were.</summary>
internal static class Samples
{
    /// <summary>One a second; a hundred quotes and ten milliseconds of CPU in each.</summary>
    public static IReadOnlyList<Sample> Even(int seconds) => [.. Enumerable.Range(1, seconds).Select(second => new Sample
    {
        At = TimeSpan.FromSeconds(second),
        Quotes = second * 100,
        GapSeconds = new(2, 2.01, second == 7 ? 5 : 2.1),
        Cpu = new Dictionary<string, TimeSpan> { ["verifier-0"] = TimeSpan.FromMilliseconds(10) * second },
        ResidentKiB = new Dictionary<string, long> { ["verifier-0"] = 2048 },
        SqlStatements = second % 5 == 0 ? second * 3 : null,
    })];

    public static LoadReport Report(string text = "x", IReadOnlyList<KillReport>? kills = null) => new()
    {
        StartedAt = DateTimeOffset.UnixEpoch,
        Command = text,
        Machine = new(2, text, 1024, 0.01, 0.5),
        Agents = 100,
        IntervalSeconds = 2,
        MeasuredSeconds = 60,
        Verifiers = 2,
        Registrars = 1,
        Single = false,
        Attestations = 3000,
        AttestationsPerSecond = 50,
        VerifierCpuMsPerAttestation = 0.4,
        TlsRequestCpuMs = 0.2,
        SignatureCheckCpuMs = 0.06,
        LatenessMs = new(1, 2, null),
        MissedDeadlines = 3,
        MissedDeadlinesByKills = 1,
        MemoryKiBPerAgent = 80,
        SqlStatementsPerAttestation = 0.001,
        RedisCommandsPerAttestation = null,
        Kills = kills ?? [],
        InjectedFailures = 5,
        LostFailures = 1,
        LostAgents = [text],
        Warnings = [text],
        Start = new(1, 2, 3),
        CrossCheck = new(1, 2, 3, 4, 5, 6),
        Processes = [new(text, 1, null, 0, 1)],
        SqlStatements = [new(7, 0.1, text)],
        Series = SeriesBuilder.Build(Even(12), TimeSpan.FromSeconds(2), [new(3, $"kill -9 {text}")]) with
        {
            ResidentMiB = new Dictionary<string, IReadOnlyList<double?>> { [text] = [1, null, 2] },
        },
    };
}
