using System.Diagnostics;
using Keylime.Fuzz.Coverage;
using Keylime.Fuzz.Mutation;

namespace Keylime.Fuzz.Engine;

/// <summary>How long to go on: whichever comes first.</summary>
internal readonly record struct FuzzBudget(TimeSpan Time, long Executions);

/// <summary>What a run was.</summary>
/// <param name="Executions">Inputs that were run.</param>
/// <param name="Edges">Edges of the instrumented code that were taken; 0 without instrumentation.</param>
/// <param name="Pool">Inputs that took an edge which those before did not.</param>
/// <param name="Failures">One for each kind.</param>
internal sealed record FuzzReport(long Executions, int Edges, IReadOnlyList<byte[]> Pool, IReadOnlyList<Failure> Failures);

/// <summary>The loop: mutate a known input, run it, keep it when it went where none went before.</summary>
internal sealed class FuzzRun(FuzzTarget target, Execution execution, EdgeMap edges, Random random)
{
    /// <summary>Every input run twice would halve what is found; every tenth finds what is not deterministic soon enough.</summary>
    private const int RepeatEvery = 10;

    private readonly List<byte[]> _pool = [];
    private readonly Dictionary<string, Failure> _failures = [];
    private long _executions;

    /// <param name="inputs">Seeds and corpus.</param>
    /// <param name="budget">When to stop.</param>
    /// <param name="about">Called with each input before it is run.</param>
    public FuzzReport Run(IEnumerable<byte[]> inputs, FuzzBudget budget, Action<byte[]>? about = null)
    {
        var clock = Stopwatch.StartNew();
        foreach (var input in inputs) Try(input, repeats: true, isSeed: true, about);
        var mutator = new Mutator(target, random);
        while (_executions < budget.Executions && clock.Elapsed < budget.Time)
            Try(mutator.Mutate(Pick(), _pool), repeats: _executions % RepeatEvery == 0, isSeed: false, about);
        return new(_executions, edges.Count, _pool, [.. _failures.Values]);
    }

    private void Try(byte[] input, bool repeats, bool isSeed, Action<byte[]>? about)
    {
        about?.Invoke(input);
        edges.Begin();
        var failure = execution.Run(input, repeats);
        _executions++;
        // Kept whether or not it is new: without instrumentation the seeds are all there is.
        if (edges.Merge() || isSeed) _pool.Add(input);
        if (failure is not null && !_failures.ContainsKey(failure.Kind)) _failures.Add(failure.Kind, Shrinker.Shrink(failure, execution));
    }

    /// <summary>Half of the time one of the latest: what is new has not been changed much yet.</summary>
    private byte[] Pick() => _pool.Count == 0 ? [] : random.Next(2) == 0 ? _pool[random.Next(_pool.Count)] : _pool[^(1 + random.Next(Math.Min(16, _pool.Count)))];
}
