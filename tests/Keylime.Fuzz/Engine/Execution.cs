using System.Diagnostics;

namespace Keylime.Fuzz.Engine;

/// <summary>Runs a target on one input and holds the properties that are the same for all targets: no exception, bounded memory, bounded time, determinism.</summary>
/// <param name="target">The parser.</param>
/// <param name="clocked">Whether time is bounded. Tests leave that out: they say the same on a machine that does much else.</param>
internal sealed class Execution(FuzzTarget target, bool clocked)
{
    /// <summary>The first run of a path allocates what the runtime makes once and waits for its compiler; only what repeats counts.</summary>
    private const int Repetitions = 4;

    /// <summary>Runs the input; null when all holds.</summary>
    /// <param name="input">The input.</param>
    /// <param name="repeats">Whether to run it twice and compare the results.</param>
    public Failure? Run(byte[] input, bool repeats)
    {
        try
        {
            var (result, bytes, time) = Measure(input);
            for (var i = 1; i < Repetitions && (IsTooMuch(bytes, input) || IsTooLong(time)); i++)
            {
                var (_, bytesAgain, timeAgain) = Measure(input);
                (bytes, time) = (Math.Min(bytes, bytesAgain), timeAgain < time ? timeAgain : time);
            }
            if (IsTooMuch(bytes, input)) return new("allocates out of proportion", $"allocates {bytes} bytes for {input.Length} bytes of input", input);
            if (IsTooLong(time)) return new("takes out of proportion", $"takes {time.TotalMilliseconds:0} ms for {input.Length} bytes of input", input);
            if (repeats && target.Run(input) != result) return new("is not deterministic", "two runs on one input gave different results", input);
            return null;
        }
        // Whatever it is, it is what the fuzzer is for.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Failure.From(e, input);
        }
    }

    private (int Result, long Bytes, TimeSpan Time) Measure(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        var result = target.Run(input);
        return (result, GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(start));
    }

    private bool IsTooMuch(long bytes, byte[] input) => bytes > target.FixedAllocation + (long)target.AllocationPerByte * input.Length;

    private bool IsTooLong(TimeSpan time) => clocked && time > target.MaxTime;
}
