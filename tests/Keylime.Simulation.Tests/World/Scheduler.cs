namespace Keylime.Simulation.Tests.World;

/// <summary>All that happens, one thing after the other, on one thread and in an order that the seed decides. Time is true time: nobody in the simulation can read it.</summary>
internal sealed class Scheduler
{
    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private long _order;

    /// <summary>True time since the beginning.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Called after each step.</summary>
    public Action AfterStep { get; set; } = () => { };

    /// <summary>Lines of what happened; null where nobody wants to know.</summary>
    public List<string>? Trace { get; init; }

    public void After(TimeSpan delay, Action action) =>
        _events.Enqueue(action, ((Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero)).Ticks, _order++));

    public void At(TimeSpan time, Action action) => After(time - Now, action);

    /// <summary>Runs on to a time, or until told to stop.</summary>
    public void RunUntil(TimeSpan end, Func<bool> isDone)
    {
        while (_events.TryPeek(out _, out var next) && next.Time <= end.Ticks && !isDone())
        {
            var action = _events.Dequeue();
            Now = TimeSpan.FromTicks(next.Time);
            action();
            AfterStep();
        }
    }

    /// <summary>Writes a line, if there is anybody to read it.</summary>
    public void Note(string who, Func<string> what) => Trace?.Add($"{Now.TotalSeconds,9:0.0000}  {who,-11}  {what()}");
}
