using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Keylime.Load.Options;

/// <summary>The command line, as <see cref="LoadOptions"/> or as the reasons why it is none.</summary>
internal sealed class LoadCommandLine
{
    private readonly Option<int> _agents = Count("--agents", "Simulated agents", 1000, 1, LoadOptions.MaxAgents);
    private readonly Option<TimeSpan> _interval = Time("--interval", "Seconds between two quotes of one agent", 2, 1, LoadOptions.ShortestInterval, LoadOptions.LongestInterval);
    private readonly Option<TimeSpan> _minutes = Time("--minutes", "How long to measure, once all agents are attested", 1, 60, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
    private readonly Option<IReadOnlyList<KillTarget>> _kill = new("--kill") { Description = "Kill -9 during the run: verifier, redis, postgres or gateway; several with commas", CustomParser = ReadTargets, DefaultValueFactory = _ => [] };
    private readonly Option<int?> _kills = new("--kills") { Description = "How often, spread over the run (one every two minutes)", CustomParser = argument => ReadCount(argument, 1, 1000) };
    private readonly Option<TimeSpan> _outage = Time("--outage", "Seconds for which Redis, PostgreSQL and the gateway stay away", 5, 1, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
    private readonly Option<int> _inject = Count("--inject", "Agents that begin to give false evidence, spread over the run", 0, 0, LoadOptions.MaxAgents);
    private readonly Option<int> _verifiers = Count("--verifiers", "Verifiers", 2, 1, LoadOptions.MaxReplicas);
    private readonly Option<int> _registrars = Count("--registrars", "Registrars", 1, 1, LoadOptions.MaxReplicas);
    private readonly Option<int?> _quota = new("--cpu-quota") { Description = "Each verifier's limit, in percent of one CPU, by a control group of its own", CustomParser = argument => ReadCount(argument, 1, 10_000) };
    private readonly Option<IReadOnlyList<int>> _scaling = new("--scaling") { Description = "Runs of that many verifiers each, one after another: 1,2,4", CustomParser = ReadScaling, DefaultValueFactory = _ => [] };
    private readonly Option<bool> _single = new("--single") { Description = "One process with SQLite instead of the cluster" };
    private readonly Option<int> _seed = Count("--seed", "Chooses what is killed and which agents there are", 1, 0, int.MaxValue);
    private readonly Option<string> _output;
    private readonly Option<bool> _json = new("--json") { Description = "Print the report as JSON" };
    private readonly RootCommand _root;

    public LoadCommandLine(string standardOutput)
    {
        _output = new("--output") { Description = "Folder for report.json and report.html", DefaultValueFactory = _ => standardOutput };
        _root = new("Runs a cluster under a fleet of simulated agents and measures it.")
        {
            _agents, _interval, _minutes, _kill, _kills, _outage, _inject, _verifiers, _registrars, _quota, _scaling, _single, _seed, _output, _json,
        };
    }

    public bool TryParse(IReadOnlyList<string> arguments, out LoadOptions? options, out IReadOnlyList<string> faults)
    {
        options = null;
        var parsed = _root.Parse(arguments);
        faults = [.. parsed.Errors.Select(error => error.Message)];
        if (faults.Count > 0) return false;

        var duration = parsed.GetValue(_minutes);
        var kill = parsed.GetValue(_kill)!;
        var scaling = parsed.GetValue(_scaling)!;
        options = new()
        {
            Agents = parsed.GetValue(_agents),
            Interval = parsed.GetValue(_interval),
            Duration = duration,
            Kill = kill,
            Kills = kill.Count == 0 ? 0 : parsed.GetValue(_kills) ?? LoadOptions.StandardKills(duration),
            Outage = parsed.GetValue(_outage),
            Inject = parsed.GetValue(_inject),
            Single = parsed.GetValue(_single),
            Verifiers = parsed.GetValue(_single) ? 1 : parsed.GetValue(_verifiers),
            Registrars = parsed.GetValue(_single) ? 1 : parsed.GetValue(_registrars),
            CpuQuotaPercent = parsed.GetValue(_quota) ?? (scaling.Count > 0 ? LoadOptions.ScalingQuotaPercent : null),
            Scaling = scaling,
            Seed = parsed.GetValue(_seed),
            Output = parsed.GetValue(_output)!,
            Json = parsed.GetValue(_json),
        };
        faults = [.. Contradictions(options, parsed)];
        return faults.Count == 0;
    }

    private IEnumerable<string> Contradictions(LoadOptions options, ParseResult parsed)
    {
        if (string.IsNullOrWhiteSpace(options.Output)) yield return "--output is empty";
        if (options.Single && options.Kill.Count > 0) yield return "--single has one process: --kill has nothing that another could take over";
        if (options.Single && options.Scaling.Count > 0) yield return "--single cannot be scaled";
        if (options.Single && parsed.GetResult(_verifiers) is { Implicit: false }) yield return "--single has one verifier: leave --verifiers out";
        if (options.Single && parsed.GetResult(_registrars) is { Implicit: false }) yield return "--single has one registrar: leave --registrars out";
        if (options.Kill.Contains(KillTarget.Verifier) && options.Verifiers < 2) yield return "--kill verifier needs --verifiers 2 or more: nobody would take over";
        if (options.Kill.Count == 0 && parsed.GetResult(_kills) is { Implicit: false }) yield return "--kills without --kill";
        if (options.Kill.All(target => target == KillTarget.Verifier) && parsed.GetResult(_outage) is { Implicit: false }) yield return "--outage is of --kill redis, postgres or gateway";
        if (options.Scaling.Count > 0 && (options.Kill.Count > 0 || options.Inject > 0)) yield return "--scaling measures capacity: leave --kill and --inject out";
        if (options.Scaling.Count > 0 && parsed.GetResult(_verifiers) is { Implicit: false }) yield return "--scaling says how many verifiers there are: leave --verifiers out";
        // Failed agents are asked no more: a run must keep most of its load.
        if (options.Inject > options.Agents / 2) yield return "--inject is at most half of --agents";
    }

    private static Option<int> Count(string name, string description, int standard, int least, int most) => new(name)
    {
        Description = $"{description} ({standard})",
        DefaultValueFactory = _ => standard,
        CustomParser = argument => ReadCount(argument, least, most) ?? 0,
    };

    private static int? ReadCount(ArgumentResult argument, int least, int most)
    {
        var text = argument.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        argument.AddError($"{NameOf(argument)} is '{Shown(text)}', not a number from {least} to {most}");
        return null;
    }

    private static Option<TimeSpan> Time(string name, string description, double standard, double unitSeconds, TimeSpan least, TimeSpan most) => new(name)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{description} ({standard})"),
        DefaultValueFactory = _ => TimeSpan.FromSeconds(standard * unitSeconds),
        CustomParser = argument =>
        {
            var text = argument.Tokens[0].Value;
            // Compared before it becomes a time: a large number is none.
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * unitSeconds >= least.TotalSeconds - 1e-9 && number * unitSeconds <= most.TotalSeconds) return TimeSpan.FromSeconds(number * unitSeconds);
            argument.AddError(string.Create(CultureInfo.InvariantCulture,
                $"{NameOf(argument)} is '{Shown(text)}', not a number from {least.TotalSeconds / unitSeconds:0.###} to {most.TotalSeconds / unitSeconds:0.###}"));
            return default;
        },
    };

    private static List<KillTarget> ReadTargets(ArgumentResult argument)
    {
        var targets = new List<KillTarget>();
        foreach (var word in argument.Tokens[0].Value.Split(','))
        {
            // Not Enum.TryParse: it takes numbers and any case.
            var target = Enum.GetValues<KillTarget>().Cast<KillTarget?>().FirstOrDefault(known => Word(known!.Value) == word);
            if (target is { } found && !targets.Contains(found)) targets.Add(found);
            else if (target is null) argument.AddError($"--kill is '{Shown(word)}', not one of {string.Join(", ", Enum.GetValues<KillTarget>().Select(Word))}");
        }
        return targets;
    }

    private static List<int> ReadScaling(ArgumentResult argument)
    {
        var counts = new List<int>();
        foreach (var word in argument.Tokens[0].Value.Split(','))
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= LoadOptions.MaxReplicas
                && (counts.Count == 0 || number > counts[^1])) counts.Add(number);
            else argument.AddError($"--scaling is '{Shown(argument.Tokens[0].Value)}', not rising numbers from 1 to {LoadOptions.MaxReplicas} such as 1,2,4");
            if (argument.Errors.Any()) break;
        }
        return counts;
    }

    public static string Word(KillTarget target) => target.ToString().ToLowerInvariant();

    private static string NameOf(ArgumentResult argument) => argument.Parent is OptionResult option ? option.Option.Name : "the argument";

    private static string Shown(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
