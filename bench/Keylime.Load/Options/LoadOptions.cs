namespace Keylime.Load.Options;

/// <summary>One run, as the command line has asked for it.</summary>
internal sealed record LoadOptions
{
    public const int MaxAgents = 100_000;
    /// <summary>The AppHost's own limit of each kind.</summary>
    public const int MaxReplicas = 100;
    /// <summary>Of one CPU, in percent: small enough that several verifiers fit beside the fleet on two cores.</summary>
    public const int ScalingQuotaPercent = 20;
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(0.1);
    public static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

    public int Agents { get; init; } = 1000;
    /// <summary>Pause between two quotes of one agent: the verifiers' <c>quote_interval</c>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(2);
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);
    public int Verifiers { get; init; } = 2;
    public int Registrars { get; init; } = 1;
    /// <summary>One process with SQLite instead of the cluster.</summary>
    public bool Single { get; init; }
    public IReadOnlyList<KillTarget> Kill { get; init; } = [];
    /// <summary>How often something is killed, over all targets.</summary>
    public int Kills { get; init; }
    /// <summary>How long Redis, PostgreSQL and the gateway stay away at least.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(5);
    public int Inject { get; init; }
    /// <summary>Each verifier's share of one CPU; null: no limit.</summary>
    public int? CpuQuotaPercent { get; init; }
    /// <summary>Numbers of verifiers to run one after another; empty: one run with <see cref="Verifiers"/>.</summary>
    public IReadOnlyList<int> Scaling { get; init; } = [];
    /// <summary>Chooses what is killed and which agents the fleet makes.</summary>
    public int Seed { get; init; } = 1;
    public required string Output { get; init; }
    /// <summary>Print the report instead of its summary.</summary>
    public bool Json { get; init; }

    /// <summary>One for a short run, one every two minutes for a longer one.</summary>
    public static int StandardKills(TimeSpan duration) => Math.Max(1, (int)(duration.TotalMinutes / 2));
}
