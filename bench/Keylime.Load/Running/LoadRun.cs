using System.Diagnostics;
using System.Globalization;
using Keylime.Load.Cluster;
using Keylime.Load.Fleet;
using Keylime.Load.Floors;
using Keylime.Load.Injection;
using Keylime.Load.Options;
using Keylime.Load.Processes;
using Keylime.Load.Progress;
using Keylime.Load.Quotas;
using Keylime.Load.Reports;

namespace Keylime.Load.Running;

/// <summary>One run from nothing to nothing: cluster, floors, fleet, measurement, judgement. What it starts ends with it, in the reverse order.</summary>
internal sealed class LoadRun(LoadOptions options, string folder, IProgressDisplay display)
{
    /// <summary>Agents whose certificates the bare requests are spread over.</summary>
    private const int FloorAgents = 32;

    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private readonly Random _chance = new(options.Seed);
    private readonly RunJournal _journal = new(display);
    private readonly InjectedFailures _injected = new();

    public async Task<LoadReport> RunAsync(CancellationToken cancellationToken)
    {
        // Before the cluster, and gone after it: a group goes only when its processes have.
        using var quota = options.CpuQuotaPercent is { } percent
            ? CpuQuota.Create(percent, string.Create(CultureInfo.InvariantCulture, $"keylime-load-{Environment.ProcessId}")) : null;
        _journal.Phase("starting the cluster");
        await using var cluster = await LocalCluster.StartAsync(options, folder, cancellationToken);
        var status = cluster.ReadStatus();
        var layout = ClusterLayout.Of(status);
        using var api = new OperatorConnection(status.Tls.Directory, layout.VerifierAddress);

        var floors = await new FloorRun(Settings(layout, status.Tls.Directory, FloorAgents, verifier: null, "floor"), folder, _journal).RunAsync(cancellationToken);
        var memoryBefore = ReadMemory(cluster);

        _journal.Phase(string.Create(CultureInfo.InvariantCulture, $"starting {options.Agents} agents"));
        await using var fleet = FleetProcess.Start(Settings(layout, status.Tls.Directory, options.Agents, layout.VerifierAddress, "fleet"), Path.Combine(folder, "fleet.log"));
        fleet.Told += _injected.Hear;
        fleet.Told += told =>
        {
            if (told.Event == "error") _journal.Warn($"the fleet: {told.Message}");
        };
        var clock = Stopwatch.StartNew();
        await fleet.WaitAsync(told => told.Event == "ready", TimeSpan.FromSeconds(60) + TimeSpan.FromMilliseconds(50) * options.Agents, cancellationToken);
        var joined = clock.Elapsed;
        _journal.Phase("waiting until all are attested");
        var verdicts = new FleetVerdicts(options, api, fleet);
        await verdicts.WaitUntilAttestedAsync(_chance, cancellationToken);
        var start = new StartReport(cluster.StartTime.TotalSeconds.Rounded(1), joined.TotalSeconds.Rounded(1), (clock.Elapsed - joined).TotalSeconds.Rounded(1));

        if (quota is not null)
            foreach (var verifier in layout.Verifiers) quota.Limit(verifier, cluster.ReadStatus().Find(verifier)!.Pid!.Value);
        // What enrollment has left over, and a quota's first effect, are not the load's.
        await Task.Delay(options.Interval * 2 > TimeSpan.FromSeconds(5) ? options.Interval * 2 : TimeSpan.FromSeconds(5), cancellationToken);

        var measured = await new Measurement(options, cluster, layout, fleet, api, quota, _injected, _journal, display, _chance).RunAsync(cancellationToken);
        var memoryAfter = measured.Sampler.Meters.ToDictionary(meter => meter.Name, meter => meter.Memory.ResidentKiB);
        _journal.Phase("asking the verifiers what they know");
        var (states, lost, quotes) = await verdicts.JudgeAsync(_injected, cancellationToken);
        return new ReportAssembly(options, layout, measured, memoryBefore, memoryAfter, floors, _journal).Assemble(_startedAt, start, states, quotes, _injected.Count, lost);
    }

    private FleetSettings Settings(ClusterLayout layout, string tlsDirectory, int agents, Uri? verifier, string purpose) => new()
    {
        Agents = agents,
        Registrar = layout.RegistrarAddress,
        Verifier = verifier,
        TlsDirectory = tlsDirectory,
        Interval = options.Interval,
        Seed = string.Create(CultureInfo.InvariantCulture, $"{purpose}-{options.Seed}"),
    };

    private static Dictionary<string, long> ReadMemory(LocalCluster cluster)
    {
        var table = new ProcessTable();
        return cluster.ReadStatus().Processes.Where(service => service.Pid is not null).ToDictionary(service => service.Name,
            service => (Sampler.ScopeOf(service.Name) == ProcessScope.Tree ? table.TreeMemory(service.Pid!.Value) : table.Memory(service.Pid!.Value)).ResidentKiB);
    }
}
