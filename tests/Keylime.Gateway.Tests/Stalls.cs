namespace Keylime.Gateway.Tests;

/// <summary>Notices when this process, or the whole machine, is held up: timers come late then, and heartbeats with them.</summary>
internal sealed class Stalls : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end = new();
    private readonly Task _watching;
    private long _longestTicks;

    public Stalls() => _watching = WatchAsync();

    /// <summary>By how much a timer was late at most.</summary>
    public TimeSpan Longest => new(Interlocked.Read(ref _longestTicks));

    public void Forget() => Interlocked.Exchange(ref _longestTicks, 0);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var start = TimeProvider.System.GetTimestamp();
            await Task.Delay(Period, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var late = TimeProvider.System.GetElapsedTime(start) - Period;
            if (late > Longest) Interlocked.Exchange(ref _longestTicks, late.Ticks);
        }
    }
}
