namespace Keylime.Verifier;

/// <summary>Time since the start of the process, on a clock that nobody sets: for leases, timers and lateness.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(_start);
}
