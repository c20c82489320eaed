namespace Keylime.FleetSimulator.Statistics;

/// <summary>When one agent was asked for its last integrity quote, as a timestamp of the fleet's clock; 0 for not yet, or not since it was forgotten.</summary>
internal sealed class QuoteTimes
{
    private long _last;
    private int _wasAsked;

    public long Last => Volatile.Read(ref _last);

    /// <summary>Whether it was ever asked.</summary>
    public bool WasAsked => Volatile.Read(ref _wasAsked) != 0;

    /// <summary>Notes a quote, and answers the one before it.</summary>
    public long Note(long now)
    {
        Volatile.Write(ref _wasAsked, 1);
        return Interlocked.Exchange(ref _last, now);
    }

    /// <summary>Begins anew: the pause around a fault that was ordered is nobody's lateness.</summary>
    public void Forget() => Volatile.Write(ref _last, 0);
}
