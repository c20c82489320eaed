namespace Keylime.Standalone.Memory;

/// <summary>Gives back, now and then, what starts, enrollments and handshakes needed for a moment. By itself the collector would keep it for the next one, which may come in a month.</summary>
internal sealed class MemoryTrim(TimeProvider time) : BackgroundService
{
    // A collection of a hundred agents' objects stops the process for some 20 ms.
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            NativeHeap.Trim();
        }
    }
}
