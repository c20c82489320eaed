using System.Globalization;

namespace Keylime.Load.Options;

/// <summary>The command that repeats a run.</summary>
internal static class CommandText
{
    public static string Of(LoadOptions options)
    {
        var words = new List<string> { "./keylime load" };
        Add("agents", options.Agents);
        Add("interval", options.Interval.TotalSeconds);
        Add("minutes", options.Duration.TotalMinutes);
        if (options.Single) words.Add("--single");
        if (!options.Single && options.Scaling.Count == 0) Add("verifiers", options.Verifiers);
        if (!options.Single) Add("registrars", options.Registrars);
        if (options.Scaling.Count > 0) words.Add($"--scaling {string.Join(',', options.Scaling)}");
        if (options.CpuQuotaPercent is { } percent) Add("cpu-quota", percent);
        if (options.Kill.Count > 0) words.Add($"--kill {string.Join(',', options.Kill.Select(LoadCommandLine.Word))}");
        if (options.Kill.Count > 0) Add("kills", options.Kills);
        if (options.Kill.Any(target => target != KillTarget.Verifier)) Add("outage", options.Outage.TotalSeconds);
        if (options.Inject > 0) Add("inject", options.Inject);
        Add("seed", options.Seed);
        return string.Join(' ', words);

        void Add(string name, double value) => words.Add(string.Create(CultureInfo.InvariantCulture, $"--{name} {value}"));
    }
}
