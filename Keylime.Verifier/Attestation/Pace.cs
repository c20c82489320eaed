namespace Keylime.Verifier.Attestation;

/// <summary>Whether this verifier keeps up: how late the agents that answer were asked of late. An overloaded verifier asks everybody, later and later; it
/// passes over nobody, and says so.</summary>
internal sealed partial class Pace(AttestationOptions options, ILogger<Pace> logger)
{
    // Told above the first, and told to be over below the second: a load that wavers around one number is not told again and again.
    private const double Tight = 0.25, Easy = 0.1;
    // A short interval is late by a large part of itself for any pause of the collector.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(250);

    private readonly TimeSpan _window = options.QuoteInterval * 2 > TimeSpan.FromSeconds(5) ? options.QuoteInterval * 2 : TimeSpan.FromSeconds(5);
    private long _lateness, _asked, _effective = options.QuoteInterval.Ticks;
    private TimeSpan _since;
    private bool _isBehind;

    /// <summary>Time between two quotes of one agent, as it was in the last window of two intervals: the configured one, and what it was late on average.</summary>
    public TimeSpan EffectiveInterval => TimeSpan.FromTicks(Volatile.Read(ref _effective));

    /// <summary>An agent that answered when it was last asked is asked now.</summary>
    public void Asked(TimeSpan lateness)
    {
        Interlocked.Add(ref _lateness, Math.Max(0, lateness.Ticks));
        Interlocked.Increment(ref _asked);
    }

    /// <summary>Ends the window when it is over. Called by one loop.</summary>
    public void Turn(TimeSpan now)
    {
        if (now - _since < _window) return;
        _since = now;
        var (lateness, asked) = (Interlocked.Exchange(ref _lateness, 0), Interlocked.Exchange(ref _asked, 0));
        var late = TimeSpan.FromTicks(asked == 0 ? 0 : lateness / asked);
        Volatile.Write(ref _effective, (options.QuoteInterval + late).Ticks);
        if (!_isBehind && late > Least && late > options.QuoteInterval * Tight)
        {
            _isBehind = true;
            LogBehind((options.QuoteInterval + late).TotalSeconds, options.QuoteInterval.TotalSeconds);
        }
        else if (_isBehind && (late <= Least || late <= options.QuoteInterval * Easy))
        {
            _isBehind = false;
            LogKeepsUp(options.QuoteInterval.TotalSeconds);
        }
    }

    [LoggerMessage(EventIds.FallenBehind, LogLevel.Warning, "Agents are asked every {EffectiveSeconds:0.00} s instead of every {IntervalSeconds:0.00} s: this verifier has more agents than it can ask")]
    private partial void LogBehind(double effectiveSeconds, double intervalSeconds);

    [LoggerMessage(EventIds.KeepsUp, LogLevel.Information, "Agents are asked every {IntervalSeconds:0.00} s again")]
    private partial void LogKeepsUp(double intervalSeconds);
}
