using Keylime.Standalone.Memory;
using Keylime.Testing;

namespace Keylime.Standalone.Tests.Memory;

[Collection("native heap")] // Its trimming would be taken for the other's work.
public sealed class MemoryTrimTests
{
    [Fact]
    public async Task Collects_everything_each_period()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var clock = new ManualTimeProvider();
        using var trim = new MemoryTrim(clock);
        await trim.StartAsync(patience.Token);
        while (clock.PendingTimers == 0) await Task.Delay(10, patience.Token);
        for (var round = 0; round < 2; round++)
        {
            var garbage = MakeOldGarbage();
            clock.Advance(MemoryTrim.Period);
            while (garbage.IsAlive) await Task.Delay(10, patience.Token);
        }
        await trim.StopAsync(patience.Token);
    }

    // In the oldest generation, which nothing else here would collect.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference MakeOldGarbage() => new(new byte[1024 * 1024]);
}
