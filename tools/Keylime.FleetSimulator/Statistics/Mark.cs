using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Faults;

namespace Keylime.FleetSimulator.Statistics;

/// <summary>Watches the gap that each of its agents has around one moment: from its last quote before to its first one after.</summary>
internal sealed class Mark(string name, IEnumerable<SimulatedAgent> agents, long markedAt, long deadline)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SimulatedAgent, long> _before = agents.Where(agent => agent.Times.Last != 0).ToDictionary(agent => agent, agent => agent.Times.Last);
    private readonly List<long> _gaps = [];
    private readonly List<long> _returns = [];

    public string Name => name;

    /// <summary>Timestamp at which it is told with what is known then.</summary>
    public long Deadline => deadline;

    public bool IsComplete
    {
        get { lock (_gate) return Missing.Count == 0; }
    }

    /// <summary>An agent that was told to misbehave meanwhile is asked no more, and missed by nobody.</summary>
    private List<SimulatedAgent> Missing => [.. _before.Keys.Where(agent => agent.Fault == Fault.None)];

    public void Note(SimulatedAgent agent, long now)
    {
        lock (_gate)
        {
            if (!_before.Remove(agent, out var before)) return;
            _gaps.Add(now - before);
            _returns.Add(now - markedAt);
        }
    }

    public MarkResult Conclude(long timestampFrequency)
    {
        lock (_gate)
        {
            _gaps.Sort();
            var missing = Missing;
            double? At(double share) => _gaps.Count == 0 ? null : (double)_gaps[(int)Math.Ceiling(share * _gaps.Count) - 1] / timestampFrequency;
            return new(name, _gaps.Count + missing.Count, new(At(0.5), At(0.99), At(1)), [.. missing.Select(agent => agent.Id.Value)],
                Seconds(_gaps), Seconds(_returns));
            double[] Seconds(List<long> times) => [.. times.Select(time => Math.Round((double)time / timestampFrequency, 3))];
        }
    }
}

/// <summary>What a mark saw, in seconds. The values of each agent, so that those of several marks can be joined: percentiles cannot.</summary>
/// <param name="Gaps">From an agent's last quote before the mark to its first one after.</param>
/// <param name="Returns">From the mark to that first quote after it.</param>
internal sealed record MarkResult(string Name, int Agents, GapSummary GapSeconds, IReadOnlyList<string> Missing, IReadOnlyList<double> Gaps, IReadOnlyList<double> Returns);
