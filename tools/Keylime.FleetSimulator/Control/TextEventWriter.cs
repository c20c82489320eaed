using System.Globalization;
using Keylime.FleetSimulator.Statistics;

namespace Keylime.FleetSimulator.Control;

/// <summary>For people: a line that is written over every second, and a line for what matters longer. Where the output is a file, the former is left out.</summary>
internal sealed class TextEventWriter(TextWriter output, bool isTerminal) : IEventWriter
{
    private readonly Lock _gate = new();

    public void Write(FleetEvent what)
    {
        lock (_gate)
            switch (what)
            {
                case StartedEvent started:
                    Keep($"{started.Agents} agents on {started.FirstAddress}:{started.Port} and following, seed {started.Seed}, made in {started.Seconds:0.0} s");
                    break;
                case JoiningEvent joining:
                    Overwrite($"registering: {joining.Agents} of {joining.Of}");
                    break;
                case ReadyEvent ready:
                    Keep($"{ready.Agents} agents ready after {ready.Seconds:0.0} s");
                    break;
                case TickEvent tick:
                    Overwrite($"{tick.PerSecond,8:0.0} quotes/s  {tick.Quotes,10} in all  gap {Text(tick.GapSeconds)}  {tick.Waiting} never asked  {tick.Failed} refused");
                    break;
                case InjectedEvent injected:
                    Keep($"{injected.Agent} showed {injected.Fault}");
                    break;
                case MarkedEvent marked:
                    Keep($"mark {marked.Name}: {marked.Agents} agents, gap {Text(marked.GapSeconds)}, {marked.Missing.Count} not asked again");
                    break;
                case ReportEvent report:
                    Keep($"{report.Quotes} quotes, gap {Text(report.GapSeconds)}, {report.PerAgent.MissedDeadlines} missed deadlines");
                    break;
                case AgentsEvent agents:
                    foreach (var id in agents.Ids) Keep($"{id}");
                    break;
                case ErrorEvent error:
                    Keep($"error: {error.Message}");
                    break;
                case StoppedEvent stopped:
                    Keep($"stopped after {stopped.Seconds:0} s");
                    break;
            }
    }

    private static string Text(GapSummary gap) => gap.Max is null ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"p50 {gap.P50:0.00} p99 {gap.P99:0.00} max {gap.Max:0.00} s");

    private void Keep(FormattableString line) => output.WriteLine((isTerminal ? "\r\x1b[K" : "") + line.ToString(CultureInfo.InvariantCulture));

    private void Overwrite(FormattableString line)
    {
        if (isTerminal) output.Write("\r\x1b[K" + line.ToString(CultureInfo.InvariantCulture));
    }
}
