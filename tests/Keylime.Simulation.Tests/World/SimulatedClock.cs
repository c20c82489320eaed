namespace Keylime.Simulation.Tests.World;

/// <summary>A process's clocks: a monotonic one that runs a little too fast or too slow, and a wall clock that is kept in step, but is off, and may jump.</summary>
/// <param name="scheduler">True time.</param>
/// <param name="process">Where timers fire; null for a server, which has none.</param>
/// <param name="rate">Seconds of this clock per true second.</param>
internal sealed class SimulatedClock(Scheduler scheduler, SimulatedProcess? process, double rate) : TimeProvider
{
    /// <summary>The wall clock's beginning.</summary>
    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far the wall clock is ahead.</summary>
    public TimeSpan Skew { get; set; }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => (long)(scheduler.Now.Ticks * rate);
    public override DateTimeOffset GetUtcNow() => Epoch + scheduler.Now + Skew;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimulatedClock clock, Action callback) : ITimer
    {
        private long _generation;
        private TimeSpan _period;
        private bool _isPending;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _generation++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan) Arm(dueTime, _generation);
            return true;
        }

        public void Dispose() => _generation++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(TimeSpan due, long generation) => clock.Scheduler.After(due / clock.Rate, () => Elapse(generation));

        private void Elapse(long generation)
        {
            if (generation != _generation || clock.Process.IsDead) return;
            if (_period > TimeSpan.Zero && _period != Timeout.InfiniteTimeSpan) Arm(_period, generation);
            // While the process sleeps, a periodic timer elapses many times and fires once.
            if (_isPending) return;
            _isPending = true;
            clock.Process.Run(() =>
            {
                _isPending = false;
                if (generation == _generation) callback();
            });
        }
    }

    private Scheduler Scheduler => scheduler;
    private SimulatedProcess Process => process ?? throw new InvalidOperationException("A server has no timers");
    private double Rate => rate;
}
