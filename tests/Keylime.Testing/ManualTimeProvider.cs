namespace Keylime.Testing;

/// <summary>A clock that stands until told otherwise, and timers that fire on it, in the order of their due times, on the thread that advances it.</summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = []; // Guarded by _gate.
    private DateTimeOffset _now = start; // Guarded by _gate.

    public ManualTimeProvider() : this(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) { }

    /// <summary>Timers that wait for the clock. A test may wait for this to know that the code under test has come to its delay.</summary>
    public int PendingTimers
    {
        get { lock (_gate) return _timers.Count(timer => timer.Due is not null); }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <summary>Moves the clock, and fires on the way what falls due, each at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (TakeNextDue(end) is { } timer) timer.Fire();
        lock (_gate) _now = end;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeNextDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var timer = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (timer is null) return null;
            if (timer.Due > _now) _now = timer.Due.Value;
            timer.Due = timer.Period > TimeSpan.Zero ? timer.Due + timer.Period : null;
            return timer;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset? Due { get; set; } // Guarded by the clock's gate.
        public TimeSpan Period { get; private set; } // Guarded by the clock's gate.

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (!clock._timers.Contains(this)) return false;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._now + dueTime;
                Period = period;
            }
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate) clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
