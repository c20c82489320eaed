using System.Text.Json.Serialization;
using Keylime.FleetSimulator.Statistics;

namespace Keylime.FleetSimulator.Control;

/// <summary>What the fleet tells: as JSON lines to programs, as text to people. Times of day are Unix seconds, durations seconds.</summary>
internal abstract record FleetEvent;

/// <summary>The port is open; who is at work, and how to have the same fleet again.</summary>
internal sealed record StartedEvent(int Agents, string FirstAddress, int Port, string Seed, double Seconds) : FleetEvent;

/// <summary>Once a second while agents register and are enrolled.</summary>
internal sealed record JoiningEvent(int Agents, int Of) : FleetEvent;

/// <summary>All are registered and, where verifiers are given, enrolled.</summary>
internal sealed record ReadyEvent(int Agents, double Seconds) : FleetEvent;

/// <summary>Once a second. <paramref name="Waiting"/>: agents that were never asked. <paramref name="Failed"/>: requests that were answered with an error.</summary>
internal sealed record TickEvent(double At, long Quotes, double PerSecond, GapSummary GapSeconds, int Waiting, long Failed) : FleetEvent;

/// <summary>An agent showed its fault for the first time.</summary>
internal sealed record InjectedEvent(string Agent, string Fault, double At) : FleetEvent;

/// <summary>Answer to <c>mark</c>, when all its agents were asked again, or too late.</summary>
internal sealed record MarkedEvent(string Name, int Agents, GapSummary GapSeconds, IReadOnlyList<string> Missing, IReadOnlyList<double> Gaps, IReadOnlyList<double> Returns) : FleetEvent;

/// <summary>Answer to <c>report</c>: since the last <c>reset</c>.</summary>
internal sealed record ReportEvent(GapSummary GapSeconds, long Quotes, PerAgent PerAgent) : FleetEvent;

/// <param name="MissedDeadlines">Gaps longer than two intervals.</param>
internal sealed record PerAgent(long MissedDeadlines);

/// <summary>Answer to <c>list</c>.</summary>
internal sealed record AgentsEvent(IReadOnlyList<string> Ids) : FleetEvent;

/// <summary>A command that was not understood, or something that went wrong beside.</summary>
internal sealed record ErrorEvent(string Message) : FleetEvent;

/// <summary>The last one: the agents are gone from the verifiers, unless they were to be kept.</summary>
internal sealed record StoppedEvent(double Seconds) : FleetEvent;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StartedEvent))]
[JsonSerializable(typeof(JoiningEvent))]
[JsonSerializable(typeof(ReadyEvent))]
[JsonSerializable(typeof(TickEvent))]
[JsonSerializable(typeof(InjectedEvent))]
[JsonSerializable(typeof(MarkedEvent))]
[JsonSerializable(typeof(ReportEvent))]
[JsonSerializable(typeof(AgentsEvent))]
[JsonSerializable(typeof(ErrorEvent))]
[JsonSerializable(typeof(StoppedEvent))]
[JsonSerializable(typeof(CommandMessage))]
internal sealed partial class FleetJson : JsonSerializerContext;

/// <summary>A command: one JSON object on a line of standard input.</summary>
internal sealed record CommandMessage
{
    public string? Command { get; init; }
    public string? Fault { get; init; }
    public IReadOnlyList<string>? Agents { get; init; }
    public int? Count { get; init; }
    /// <summary>How late slow agents answer.</summary>
    public double? Seconds { get; init; }
    public string? Name { get; init; }
    public double? TimeoutSeconds { get; init; }
}
