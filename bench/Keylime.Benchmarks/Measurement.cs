using System.Diagnostics;

namespace Keylime.Benchmarks;

/// <summary>What one operation costs.</summary>
/// <param name="Nanoseconds">Time of the quietest round.</param>
/// <param name="AllocatedBytes">Bytes allocated on the measuring thread.</param>
internal readonly record struct Measurement(double Nanoseconds, double AllocatedBytes)
{
    /// <summary>Shorter than a scheduler's slice: some rounds then run undisturbed even on a busy machine.</summary>
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(400);

    /// <summary>Measures two operations in alternating rounds, so that what else the machine does falls on both. The best round counts: noise only adds.</summary>
    /// <param name="operation">What is asked about.</param>
    /// <param name="floor">What it cannot be faster than.</param>
    /// <param name="operationsPerCall">How many operations a call of <paramref name="operation"/>, and of the floor, is.</param>
    public static (Measurement Measured, Measurement Floor) Compare(Action operation, Action floor, int operationsPerCall = 1)
    {
        var (calls, floorCalls) = (CallsPerRound(operation), CallsPerRound(floor));
        var (best, bestFloor) = (new Measurement(double.MaxValue, 0), new Measurement(double.MaxValue, 0));
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Budget;)
        {
            best = Better(best, Measure(operation, calls, operationsPerCall));
            bestFloor = Better(bestFloor, Measure(floor, floorCalls, operationsPerCall));
        }
        return (best, bestFloor);
    }

    private static Measurement Better(Measurement left, Measurement right) => left.Nanoseconds <= right.Nanoseconds ? left : right;

    private static int CallsPerRound(Action action)
    {
        // Long enough for tiered compilation to have done its work.
        var calls = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < WarmUp; calls++) action();
        return Math.Max(1, (int)(calls * Round / WarmUp));
    }

    private static Measurement Measure(Action action, int calls, int operationsPerCall)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++) action();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var operations = (double)calls * operationsPerCall;
        return new(elapsed.TotalNanoseconds / operations, (GC.GetAllocatedBytesForCurrentThread() - allocated) / operations);
    }
}
