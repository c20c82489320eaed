using System.Diagnostics;
using System.Globalization;
using Keylime.Load.Fleet;
using Keylime.Load.Progress;
using Keylime.Load.Reports;

namespace Keylime.Load.Running;

/// <summary>What happened during a run, for whoever watches and for the report.</summary>
internal sealed class RunJournal(IProgressDisplay display)
{
    private const int MostWarnings = 50;

    // Guards the lists: kills, injections and samples go on side by side.
    private readonly Lock _gate = new();
    private readonly List<EventReport> _events = [];
    private readonly List<string> _warnings = [];
    private Stopwatch? _clock;

    public IReadOnlyList<EventReport> Events
    {
        get
        {
            lock (_gate) return [.. _events];
        }
    }

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_gate) return [.. _warnings];
        }
    }

    /// <summary>From now on events have a time.</summary>
    public void Begin(Stopwatch clock) => _clock = clock;

    public void Phase(string text) => display.Phase(text);

    public void Note(string text)
    {
        lock (_gate) _events.Add(new((_clock?.Elapsed.TotalSeconds ?? 0).Rounded(1), text));
        display.Line(text);
    }

    public void Warn(string text)
    {
        lock (_gate)
        {
            if (_warnings.Contains(text) || _warnings.Count == MostWarnings) return;
            _warnings.Add(text);
        }
        display.Line($"! {text}");
    }

    public static string Show(Spread? gap) => gap is { Max: { } max }
        ? string.Create(CultureInfo.InvariantCulture, $"gap p50 {gap.P50:0.00} s, p99 {gap.P99:0.00} s, max {max:0.00} s")
        : "no agent concerned";
}
