using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Faults;

namespace Keylime.FleetSimulator.Statistics;

/// <summary>How often and how regularly the fleet is asked. All times are the fleet's own, from requests as they arrive: no word of a verifier is taken for it.</summary>
internal sealed class FleetStatistics(AgentPopulation agents, TimeSpan interval, TimeProvider time)
{
    private readonly GapHistogram _recent = new(time.TimestampFrequency);
    private readonly GapHistogram _all = new(time.TimestampFrequency);
    private readonly long _deadline = (long)(2 * interval.TotalSeconds * time.TimestampFrequency);
    private readonly Lock _gate = new();
    private volatile Mark[] _marks = [];
    private long _quotes;
    private long _quotesSinceReset;
    private long _missed;
    private long _refusals;

    /// <summary>Integrity quotes that were sent.</summary>
    public long Quotes => Volatile.Read(ref _quotes);

    /// <summary>Requests that were answered with an error.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    public int Waiting => agents.All.Count(agent => !agent.Times.WasAsked);

    public void NoteRefusal() => Interlocked.Increment(ref _refusals);

    public void NoteQuote(SimulatedAgent agent)
    {
        Interlocked.Increment(ref _quotes);
        Interlocked.Increment(ref _quotesSinceReset);
        // A verifier may stop asking an agent that misbehaves: that is no lateness.
        if (agent.Fault != Fault.None) return;
        var now = time.GetTimestamp();
        var before = agent.Times.Note(now);
        foreach (var mark in _marks) mark.Note(agent, now);
        if (before == 0) return;
        _recent.Add(now - before);
        _all.Add(now - before);
        if (now - before > _deadline) Interlocked.Increment(ref _missed);
    }

    public GapSummary TakeRecent() => _recent.Take();

    public void Reset()
    {
        _all.Clear();
        Volatile.Write(ref _quotesSinceReset, 0);
        Volatile.Write(ref _missed, 0);
    }

    /// <summary>Since the last reset. An agent that is overdue now has missed its deadline, though its gap has no end yet.</summary>
    public (GapSummary Gaps, long Quotes, long Missed) Report()
    {
        var now = time.GetTimestamp();
        var overdue = agents.All.Count(agent => agent.Times.Last is not 0 and var last && now - last > _deadline);
        return (_all.Summarize(), Volatile.Read(ref _quotesSinceReset), Volatile.Read(ref _missed) + overdue);
    }

    public void Add(Mark mark)
    {
        lock (_gate) _marks = [.. _marks, mark];
    }

    /// <summary>Marks that have seen all of their agents, or waited long enough.</summary>
    public IReadOnlyList<MarkResult> TakeConcluded()
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var concluded = _marks.Where(mark => mark.IsComplete || mark.Deadline <= now).ToArray();
            if (concluded.Length > 0) _marks = [.. _marks.Except(concluded)];
            return [.. concluded.Select(mark => mark.Conclude(time.TimestampFrequency))];
        }
    }
}
