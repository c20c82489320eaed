using Keylime.Testing;

namespace Keylime.Verifier.Tests;

public sealed class BellTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly OutboxBell _bell = new();

    [Fact]
    public async Task A_ring_while_nobody_waits_ends_the_next_wait_and_no_other()
    {
        _bell.Ring();
        _bell.Ring();
        await WaitAsync();
        var second = WaitAsync();
        Assert.False(second.IsCompleted);
        _bell.Ring();
        await second;
    }

    [Fact]
    public async Task A_wait_ends_by_itself_when_its_time_is_over()
    {
        var wait = WaitAsync();
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(10));
        await wait;
    }

    [Fact]
    public async Task A_wait_that_is_called_off_throws()
    {
        using var stop = new CancellationTokenSource();
        var wait = _bell.WaitAsync(TimeSpan.FromSeconds(10), _time, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    private Task WaitAsync() => _bell.WaitAsync(TimeSpan.FromSeconds(10), _time, CancellationToken.None);
}
