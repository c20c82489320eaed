namespace Keylime.Attestation.Tests;

/// <summary>A clock on which every match takes as long as the test says, and which counts them: it is read before a match and after it.</summary>
internal sealed class SlowTime(params TimeSpan[] matches) : TimeProvider
{
    private long _now;
    private int _reads;

    /// <summary>Matches that were made. Those after the last that the test tells of take as long as that one.</summary>
    public int Matches => _reads / 2;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        if (_reads % 2 == 1) _now += matches[Math.Min(_reads / 2, matches.Length - 1)].Ticks;
        _reads++;
        return _now;
    }
}
