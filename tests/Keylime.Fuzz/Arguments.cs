using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Keylime.Fuzz.Engine;
using Keylime.Fuzz.Targets;

namespace Keylime.Fuzz;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    public IReadOnlyList<FuzzTarget> Targets { get; init; } = AllTargets.List;
    /// <summary>Time for all targets together.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>Executions of each target.</summary>
    public long Executions { get; init; } = long.MaxValue;
    public int Seed { get; init; } = Environment.TickCount & int.MaxValue;
    /// <summary>Folder of the corpus.</summary>
    public string Corpus { get; init; } = Engine.Corpus.DefaultFolder;
    /// <summary>Where the smallest set of inputs with the coverage that was reached is written; null to leave the corpus as it is.</summary>
    public string? KeepIn { get; init; }
    /// <summary>Where failing inputs are written.</summary>
    public string Failures { get; init; } = Path.Combine(Path.GetTempPath(), "keylime-fuzz");
    /// <summary>Makes an instrumented copy there and does nothing else.</summary>
    public string? InstrumentInto { get; init; }
    /// <summary>Inputs to run once, and nothing else.</summary>
    public IReadOnlyList<string> Replay { get; init; } = [];

    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments)
    {
        var read = new Arguments();
        var targets = new List<FuzzTarget>();
        string? fault = null;
        for (var i = 0; i < args.Length && fault is null; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--minutes" when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes is > 0 and < 10_000:
                    read = read with { Time = TimeSpan.FromMinutes(minutes) };
                    i++;
                    break;
                case "--executions" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var executions):
                    read = read with { Executions = executions };
                    i++;
                    break;
                case "--seed" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                    read = read with { Seed = seed };
                    i++;
                    break;
                case "--corpus" when value.Length > 0: (read, i) = (read with { Corpus = value }, i + 1); break;
                case "--keep" when value.Length > 0: (read, i) = (read with { KeepIn = value }, i + 1); break;
                case "--failures" when value.Length > 0: (read, i) = (read with { Failures = value }, i + 1); break;
                case "--instrument" when value.Length > 0: (read, i) = (read with { InstrumentInto = value }, i + 1); break;
                case "--replay" when value.Length > 0: (read, i) = (read with { Replay = [.. read.Replay, value] }, i + 1); break;
                case var name when AllTargets.List.FirstOrDefault(target => target.Name == name) is { } target: targets.Add(target); break;
                default: fault = $"fuzz: '{args[i]}' is neither a target nor an option with a proper value; targets: {string.Join(' ', AllTargets.List.Select(target => target.Name))}"; break;
            }
        }
        if (fault is not null) Console.Error.WriteLine(fault);
        arguments = fault is not null ? null : targets.Count > 0 ? read with { Targets = targets } : read;
        return arguments is not null;
    }
}
