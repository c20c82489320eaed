namespace Keylime.Verifier.Attestation;

/// <summary>Hashed timer wheel: arming and disarming cost the same for ten agents and for a hundred thousand, and one ticking loop serves them all.</summary>
/// <remarks>Times are spans since an origin that the caller chooses once; a monotonic clock, so that a changed wall clock moves no deadline.</remarks>
internal sealed class TimerWheel<T>(TimeSpan tick) where T : class
{
    private const int Slots = 1024;

    private readonly Lock _gate = new();
    private readonly Timer?[] _slots = new Timer?[Slots];
    private long _now;
    private int _armed;

    /// <summary>Timers that wait.</summary>
    public int Count { get { lock (_gate) return _armed; } }

    /// <summary>One item's place on the wheel, embedded in the item so that arming allocates nothing.</summary>
    internal sealed class Timer(T item)
    {
        internal T Item { get; } = item;
        internal Timer? Next { get; set; }
        internal Timer? Previous { get; set; }
        internal long Tick { get; set; }
        internal bool Armed { get; set; }
    }

    /// <summary>Makes the item due at a time, instead of when it was due before. A time that has passed means the next tick.</summary>
    public void Arm(Timer timer, TimeSpan due)
    {
        lock (_gate)
        {
            Unlink(timer);
            // Rounded up: never early, at most one tick late.
            timer.Tick = Math.Max(_now + 1, (due.Ticks + tick.Ticks - 1) / tick.Ticks);
            ref var head = ref _slots[timer.Tick % Slots];
            (timer.Next, timer.Previous, timer.Armed) = (head, null, true);
            head?.Previous = timer;
            head = timer;
            _armed++;
        }
    }

    public void Disarm(Timer timer)
    {
        lock (_gate) Unlink(timer);
    }

    /// <summary>Turns the wheel to a time and adds the items that became due. After a pause of any length every slot is visited once.</summary>
    public void Advance(TimeSpan now, List<T> due)
    {
        lock (_gate)
        {
            var target = now.Ticks / tick.Ticks;
            var first = _now + 1;
            var last = Math.Min(target, _now + Slots);
            _now = Math.Max(_now, target);
            for (var slot = first; slot <= last; slot++)
                for (var timer = _slots[slot % Slots]; timer is not null;)
                {
                    var next = timer.Next;
                    if (timer.Tick <= target)
                    {
                        Unlink(timer);
                        due.Add(timer.Item);
                    }
                    timer = next;
                }
        }
    }

    private void Unlink(Timer timer)
    {
        if (!timer.Armed) return;
        if (timer.Previous is null) _slots[timer.Tick % Slots] = timer.Next;
        else timer.Previous.Next = timer.Next;
        timer.Next?.Previous = timer.Previous;
        (timer.Next, timer.Previous, timer.Armed) = (null, null, false);
        _armed--;
    }
}
