using System.Diagnostics;
using System.Globalization;
using Keylime.Fuzz.Coverage;
using Keylime.Fuzz.Engine;

namespace Keylime.Fuzz;

/// <summary>Fuzzes one target after the other and tells what came of it.</summary>
internal static class Session
{
    /// <returns>0 when every property held, 1 when one did not.</returns>
    public static int Run(Arguments arguments)
    {
        if (arguments.InstrumentInto is { } folder)
        {
            Instrumentation.CopyTo(folder);
            return 0;
        }
        Directory.CreateDirectory(arguments.Failures);
        if (arguments.Replay.Count > 0) return Replay(arguments);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {arguments.Seed}, {arguments.Targets.Count} targets, {arguments.Time.TotalMinutes:0.#} minutes"));
        var (executions, failures) = (0L, 0);
        foreach (var target in arguments.Targets)
        {
            var report = Fuzz(target, arguments);
            executions += report.Executions;
            failures += report.Failures.Count;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{executions} executions, {failures} failures"));
        return failures == 0 ? 0 : 1;
    }

    private static FuzzReport Fuzz(FuzzTarget target, Arguments arguments)
    {
        using var edges = new EdgeMap();
        using var last = new LastInput(Path.Combine(arguments.Failures, $"{target.Name}.last"));
        var clock = Stopwatch.StartNew();
        var run = new FuzzRun(target, new(target, clocked: true), edges, new(arguments.Seed));
        var report = run.Run([.. target.Seeds, .. Corpus.Read(arguments.Corpus, target.Name)], new(arguments.Time / arguments.Targets.Count, arguments.Executions), last.Set);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{target.Name,-20} {report.Executions,10} executions {report.Executions / clock.Elapsed.TotalSeconds,8:0}/s {report.Edges,6} edges {report.Pool.Count,5} inputs {report.Failures.Count,3} failures"));
        foreach (var failure in report.Failures) Save(failure, target, arguments.Failures);
        if (arguments.KeepIn is { } folder && report.Failures.Count == 0) Corpus.Write(folder, target.Name, CorpusMinimizer.Minimize(report.Pool, target));
        return report;
    }

    private static void Save(Failure failure, FuzzTarget target, string folder)
    {
        var path = Path.Combine(folder, $"{target.Name}-{failure.Id}");
        File.WriteAllBytes(path, failure.Input);
        Console.WriteLine($"  {failure.Kind}\n    {failure.Detail.ReplaceLineEndings("\n    ")}\n    input: {path}\n    as a line of the corpus: {Convert.ToBase64String(failure.Input)}");
    }

    /// <summary>Files of inputs, or what a process that died ran last (<c>.last</c>).</summary>
    private static int Replay(Arguments arguments)
    {
        var failed = 0;
        foreach (var path in arguments.Replay)
            foreach (var target in arguments.Targets)
            {
                var failure = new Execution(target, clocked: true).Run(path.EndsWith(".last", StringComparison.Ordinal) ? LastInput.Read(path) : File.ReadAllBytes(path), repeats: true);
                Console.WriteLine($"{target.Name} {path}: {failure?.Detail ?? "all properties hold"}");
                if (failure is not null) failed++;
            }
        return failed == 0 ? 0 : 1;
    }
}
