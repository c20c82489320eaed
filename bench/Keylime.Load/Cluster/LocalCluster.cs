using System.Diagnostics;
using System.Globalization;
using Keylime.Load.Options;
using Keylime.Load.Processes;

namespace Keylime.Load.Cluster;

/// <summary>The AppHost, without machines of its own, as a process in a state folder of its own: what <c>./keylime up --agents 0</c> runs.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private const string AppHost = "Keylime.AppHost";
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(6);
    /// <summary>It ends twenty processes in order.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan CommandPatience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly string _state;
    private readonly SupervisedProcess _process;
    private int _commands;

    private LocalCluster(string state, SupervisedProcess process) => (_state, _process) = (state, process);

    /// <summary>Until every service was healthy.</summary>
    public TimeSpan StartTime { get; private set; }

    public static async Task<LocalCluster> StartAsync(LoadOptions options, string folder, CancellationToken cancellationToken)
    {
        var program = ProgramPath.Of(AppHost);
        if (!File.Exists(program)) throw new LoadException($"{program} is not built");
        var state = Directory.CreateDirectory(Path.Combine(folder, "cluster"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        var clock = Stopwatch.StartNew();
        var process = SupervisedProcess.Start([SupervisedProcess.Dotnet, program, .. Arguments(options, state)], Variables(options), Path.Combine(state, "apphost.log"), StopPatience);
        var cluster = new LocalCluster(state, process);
        try
        {
            await cluster.WaitUntilReadyAsync(cancellationToken);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
        cluster.StartTime = clock.Elapsed;
        return cluster;
    }

    /// <summary>The AppHost's own process.</summary>
    public int? Pid => int.TryParse(TryRead("pid"), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    public ClusterStatus ReadStatus() =>
        TryRead("status.json") is { } json && ClusterStatus.TryParse(json) is { } status ? status : throw new LoadException($"the cluster has ended; {LastLines()}");

    /// <summary>The variables that a service was started with.</summary>
    public IReadOnlyDictionary<string, string> ReadEnvironment(string service) =>
        File.ReadLines(Path.Combine(_state, "environment", $"{service}.env")).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>What <c>./keylime resource NAME COMMAND</c> does.</summary>
    public async Task CommandAsync(string service, string command, CancellationToken cancellationToken)
    {
        var id = Path.Combine(_state, "commands", string.Create(CultureInfo.InvariantCulture, $"load-{++_commands}"));
        await File.WriteAllTextAsync(id + ".part", $"{service} {command}\n", cancellationToken);
        File.Move(id + ".part", id + ".request");
        await UntilAsync(() => File.Exists(id + ".response"), CommandPatience, $"'{command}' of {service} is not answered", cancellationToken);
        var answer = (await File.ReadAllTextAsync(id + ".response", cancellationToken)).Split('\n', 2);
        if (answer[0] != "ok") throw new LoadException($"{service} does not {command}: {answer.ElementAtOrDefault(1)?.Trim()}");
    }

    public Task WaitForServiceAsync(string service, Func<ServiceStatus, bool> condition, TimeSpan patience, CancellationToken cancellationToken) =>
        UntilAsync(() => ReadStatus().Find(service) is { } status && condition(status), patience, $"{service} does not become what it should be", cancellationToken);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static IEnumerable<string> Arguments(LoadOptions options, string state)
    {
        IEnumerable<string> size = options.Single
            ? ["--single"]
            : ["--verifiers", options.Verifiers.ToString(CultureInfo.InvariantCulture), "--registrars", options.Registrars.ToString(CultureInfo.InvariantCulture)];
        // Ports of its own, so that it runs beside a developer's cluster. Nobody else looks at the agents meanwhile: each look reads all of them.
        return [.. size, "--agents", "0", "--Status:WatchAgents=false", $"--Local:StateDirectory={state}", "--DcpPublisher:RandomizePorts=true"];
    }

    private static Dictionary<string, string> Variables(LoadOptions options) => new()
    {
        ["KEYLIME_VERIFIER_QUOTE_INTERVAL"] = options.Interval.TotalSeconds.ToString(CultureInfo.InvariantCulture),
    };

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        await UntilAsync(() => File.Exists(Path.Combine(_state, "outcome")), StartPatience, "the cluster does not become ready", cancellationToken);
        var outcome = (await File.ReadAllTextAsync(Path.Combine(_state, "outcome"), cancellationToken)).Trim();
        if (!outcome.StartsWith("ready", StringComparison.Ordinal)) throw new LoadException($"the cluster did not come up: {outcome}");
    }

    private async Task UntilAsync(Func<bool> condition, TimeSpan patience, string otherwise, CancellationToken cancellationToken)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); await Task.Delay(Look, cancellationToken))
        {
            if (_process.HasExited) throw new LoadException($"the cluster has ended; {LastLines()}");
            if (clock.Elapsed > patience) throw new LoadException(string.Create(CultureInfo.InvariantCulture, $"{otherwise} within {patience.TotalSeconds} s"));
        }
    }

    private string LastLines() => $"its last lines: {string.Join(" / ", (TryRead("apphost.log") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(5))}";

    private string? TryRead(string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(_state, name));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
