using System.Runtime.CompilerServices;
using Keylime.Fuzz.Coverage;
using Keylime.Fuzz.Engine;

namespace Keylime.Fuzz.Tests;

/// <summary>What the fuzzer itself promises, shown on parsers that are wrong on purpose.</summary>
public sealed class FuzzRunTests
{
    private static readonly FuzzBudget Budget = new(TimeSpan.MaxValue, 20_000);

    [Fact]
    public void Finds_an_exception_and_shrinks_the_input_to_what_causes_it()
    {
        var failure = Assert.Single(Run(new("throws", input => input.Contains((byte)'!') ? throw new FormatException() : 0, ["harmless"u8.ToArray()])).Failures);
        Assert.StartsWith("FormatException at Keylime.Fuzz.Tests", failure.Kind, StringComparison.Ordinal);
        Assert.Equal("!"u8.ToArray(), failure.Input);
    }

    [Fact]
    public void Finds_an_allocation_out_of_an_unchecked_count()
    {
        var failure = Assert.Single(Run(new("allocates", input => input is [0xFF, ..] ? new byte[10 << 20].Length : 0, [[1, 2, 3]])).Failures);
        Assert.Equal("allocates out of proportion", failure.Kind);
        Assert.Equal([0xFF], failure.Input);
    }

    [Fact]
    public void Finds_a_parser_that_answers_differently_the_second_time()
    {
        var calls = 0;
        Assert.Equal("is not deterministic", Assert.Single(Run(new("remembers", _ => calls++, [[1]])).Failures).Kind);
    }

    [Fact]
    public void Finds_a_length_that_is_believed()
    {
        // A sized field of at least three bytes whose last byte lies behind the input.
        var target = new FuzzTarget("believes", input => input.Length > 2 && input[0] == 0 && input[1] > 2 ? input[1 + input[1]] : 0, [[0, 3, 1, 2, 3]]);
        Assert.StartsWith("IndexOutOfRangeException", Assert.Single(Run(target).Failures).Kind, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_each_kind_of_failure_once()
    {
        var target = new FuzzTarget("twice", Parse, [[0, 0]]);
        Assert.Equal(["FormatException", "is two"], Run(target).Failures.Select(failure => failure.Kind.Split(" at ")[0]).Order(StringComparer.Ordinal));

        // Where an exception comes from is a part of its kind, and what is inlined comes from elsewhere.
        [MethodImpl(MethodImplOptions.NoInlining)]
        static int Parse(byte[] input) => input is [1, ..] ? throw new FormatException() : input is [2, ..] ? throw new BrokenPropertyException("is two") : 0;
    }

    [Fact]
    public void The_same_seed_runs_the_same_inputs()
    {
        var runs = Enumerable.Range(0, 2).Select(_ =>
        {
            var inputs = new List<string>();
            var target = new FuzzTarget("any", input => input.Length, ["{\"a\":[1,2]}"u8.ToArray(), [0, 4, 1, 2, 3, 4]]) { IsJson = true, Dictionary = FuzzTarget.Words("word") };
            Run(target, input => inputs.Add(Convert.ToHexString(input)));
            return inputs;
        }).ToArray();
        Assert.Equal(runs[0], runs[1]);
        Assert.True(runs[0].Distinct().Count() > 1_000);
    }

    [Fact]
    public void Inputs_stay_within_the_targets_length()
    {
        var longest = 0;
        Run(new("short", input => longest = Math.Max(longest, input.Length), [new byte[64]]) { MaxBytes = 64 });
        Assert.Equal(64, longest);
    }

    private static FuzzReport Run(FuzzTarget target, Action<byte[]>? about = null)
    {
        using var edges = new EdgeMap();
        return new FuzzRun(target, new(target, clocked: false), edges, new(7)).Run(target.Seeds, Budget, about);
    }
}
