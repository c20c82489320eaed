namespace Keylime.Tenant.Connections;

/// <summary>How often and how long apart to try again. Keylime: <c>max_retries</c>, <c>retry_interval</c>, <c>exponential_backoff</c>.</summary>
internal sealed record RetrySchedule(int MaxRetries, TimeSpan Interval, bool IsExponential)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>The pause after a failure, counted from 1: the interval's power where it is longer than a second, as Keylime has it.</summary>
    public TimeSpan PauseAfter(int failures)
    {
        if (!IsExponential || Interval.TotalSeconds <= 1) return Interval;
        var seconds = Math.Pow(Interval.TotalSeconds, failures);
        return seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
    }
}
