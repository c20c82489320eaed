using Keylime.Fuzz.Coverage;
using Keylime.Fuzz.Engine;
using Keylime.Fuzz.Targets;

namespace Keylime.Fuzz.Tests;

/// <summary>A short run of each target, so that targets cannot rot and what the corpus holds stays mended. Time is not judged here.</summary>
public sealed class TargetTests
{
    private const int Mutations = 1_000;
    private const int LargestToTakeApart = 400;

    public static TheoryData<string> Names => [.. AllTargets.List.Select(target => target.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Properties_hold_for_seeds_corpus_and_what_is_like_them(string name)
    {
        var target = Find(name);
        using var edges = new EdgeMap();
        var run = new FuzzRun(target, new(target, clocked: false), edges, new(1));
        var inputs = Inputs(target);
        var report = run.Run(inputs, new(TimeSpan.MaxValue, inputs.Count + Mutations));
        Assert.Empty(report.Failures.Select(failure => $"{failure.Detail}: {Convert.ToBase64String(failure.Input)}"));
    }

    [Theory, MemberData(nameof(Names))]
    public void Properties_hold_for_every_truncation_and_every_changed_byte(string name)
    {
        var target = Find(name);
        var execution = new Execution(target, clocked: false);
        foreach (var input in Inputs(target).Where(input => input.Length is > 0 and <= LargestToTakeApart).OrderByDescending(input => input.Length).Take(3))
            for (var at = 0; at < input.Length; at++)
            {
                Assert.Null(execution.Run(input[..at], repeats: false));
                foreach (var change in (ReadOnlySpan<byte>)[0x01, 0x80, 0xFF])
                    Assert.Null(execution.Run([.. input[..at], (byte)(input[at] ^ change), .. input[(at + 1)..]], repeats: false));
            }
    }

    [Fact]
    public void Every_target_has_inputs_to_begin_with()
    {
        Assert.All(AllTargets.List, target => Assert.NotEmpty(Inputs(target)));
        Assert.Distinct(AllTargets.List.Select(target => target.Name));
    }

    [Fact]
    public void The_corpus_holds_files_of_targets_only() =>
        Assert.All(Directory.EnumerateFiles(Corpus.DefaultFolder), file => Assert.Contains(AllTargets.List, target => target.Name == Path.GetFileNameWithoutExtension(file)));

    private static FuzzTarget Find(string name) => AllTargets.List.Single(target => target.Name == name);

    private static IReadOnlyList<byte[]> Inputs(FuzzTarget target) => [.. target.Seeds, .. Corpus.Read(Corpus.DefaultFolder, target.Name)];
}
