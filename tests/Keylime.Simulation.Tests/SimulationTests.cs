using System.Collections.Concurrent;
using System.Globalization;
using Xunit.Abstractions;

namespace Keylime.Simulation.Tests;

/// <summary>Many lives of a cluster, each with faults of its own. <c>./keylime test --simulation</c> runs ten thousand.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int UsualSeeds = 300;
    private const int LinesToShow = 200;

    [Fact]
    public void No_seed_breaks_a_promise()
    {
        var seeds = Setting("KEYLIME_SIMULATION_SEEDS", UsualSeeds);
        var first = Setting("KEYLIME_SIMULATION_FIRST_SEED", 1);
        var outcomes = new ConcurrentBag<Outcome>();
        var start = TimeProvider.System.GetTimestamp();
        Parallel.For(first, first + seeds, (seed, loop) =>
        {
            var outcome = Simulation.Run(seed);
            outcomes.Add(outcome);
            if (outcome.Broken is not null) loop.Stop();
        });
        if (outcomes.Where(outcome => outcome.Broken is not null).MinBy(outcome => outcome.Seed) is { } broken) Assert.Fail(Story(broken.Seed));
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{outcomes.Count} seeds, {outcomes.Count / seconds:0.0}/s; {outcomes.Sum(outcome => outcome.Writes)} writes accepted, {outcomes.Sum(outcome => outcome.Failures)} failures committed; all well {outcomes.Average(outcome => outcome.Recovery.TotalSeconds):0.0} s after the last fault on average, {outcomes.Max(outcome => outcome.Recovery.TotalSeconds):0.0} s at most"));
    }

    /// <summary>Lives in which a promise was broken once.</summary>
    [Theory]
    // A write that had got no answer was carried out late, in the same epoch, over newer ones.
    [InlineData(68)]
    [InlineData(252)]
    // An answer that was long under way counted from when it was judged, and made its agent fresh for as much longer.
    [InlineData(14)]
    public void What_was_mended_stays_mended(int seed)
    {
        if (Simulation.Run(seed).Broken is not null) Assert.Fail(Story(seed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_same_seed_is_the_same_life(int seed) =>
        Assert.Equal(Simulation.Run(seed, isTraced: true).Trace, Simulation.Run(seed, isTraced: true).Trace);

    /// <summary>The same life again, with everything that happened before the end.</summary>
    private static string Story(int seed)
    {
        var told = Simulation.Run(seed, isTraced: true);
        var file = Path.Combine(Path.GetTempPath(), $"keylime-simulation-{seed}.log");
        File.WriteAllLines(file, told.Trace);
        return string.Join('\n', [$"seed {seed}: {told.Broken} (all of it: {file})", .. told.Trace.TakeLast(LinesToShow)]);
    }

    private static int Setting(string variable, int fallback) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : fallback;
}
