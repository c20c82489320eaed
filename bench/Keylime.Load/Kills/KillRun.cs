using System.Diagnostics;
using System.Globalization;
using Keylime.Load.Cluster;
using Keylime.Load.Fleet;
using Keylime.Load.Injection;
using Keylime.Load.Options;
using Keylime.Load.Quotas;
using Keylime.Load.Running;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Load.Kills;

/// <summary>One kill -9 after another: the gap that the agents see, the service's return, and the cluster's balance before the next.</summary>
internal sealed class KillRun(LoadOptions options, LocalCluster cluster, FleetProcess fleet, OperatorConnection api, Sampler sampler, RunJournal journal, InjectedFailures injected, CpuQuota? quota, Random chance)
{
    /// <summary>Nobody takes over so soon; what was on its way to the fleet has arrived.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AppearancePatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan BalancePatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RecoveryPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(10);
    /// <summary>Of the average: the division promises nobody more than 1.05 times it, and agents fall on shards by chance.</summary>
    private const double BalancedShare = 0.7;

    private readonly List<KillResult> _results = [];

    public IReadOnlyList<KillResult> Results => _results;

    /// <summary>Works the schedule off. A kill that is due before the last one is over waits for it.</summary>
    public async Task RunAsync(IReadOnlyList<PlannedKill> schedule, Stopwatch clock, CancellationToken cancellationToken)
    {
        foreach (var kill in schedule)
        {
            if (kill.Due > clock.Elapsed) await Task.Delay(kill.Due - clock.Elapsed, cancellationToken);
            await RunAsync(kill.Target, cancellationToken);
        }
    }

    private async Task RunAsync(KillTarget target, CancellationToken cancellationToken)
    {
        var service = target == KillTarget.Verifier ? $"verifier-{chance.Next(options.Verifiers)}" : LoadCommandLine.Word(target);
        var concerned = target == KillTarget.Verifier ? await ReadAgentsOfAsync(service, cancellationToken) : null;
        var process = cluster.ReadStatus().Find(service)?.Pid ?? throw new LoadException($"{service} does not run and cannot be killed");

        sampler.Observe();
        journal.Note($"kill -9 {service}");
        using (var victim = Process.GetProcessById(process))
        {
            victim.Kill();
            await victim.WaitForExitAsync(cancellationToken);
        }
        var outage = Stopwatch.StartNew();
        await Task.Delay(Settled, cancellationToken);
        var mark = $"kill-{_results.Count + 1}";
        var patience = TimeSpan.FromMinutes(1) + options.Interval * 5;
        var marked = await fleet.AskAsync(new("mark") { Name = mark, Agents = concerned, TimeoutSeconds = patience.TotalSeconds }, told => told.Event == "marked" && told.Name == mark,
            patience + FleetVerdicts.ReportPatience, cancellationToken);
        journal.Note($"{service} killed: {RunJournal.Show(marked.GapSeconds)}");
        if (marked.Missing is { Count: > 0 } missing)
            journal.Warn(string.Create(CultureInfo.InvariantCulture, $"{missing.Count} agents were not asked again within {patience.TotalSeconds} s of the kill of {service}: {string.Join(", ", missing.Take(3))} ..."));

        if (target != KillTarget.Verifier && outage.Elapsed < options.Outage) await Task.Delay(options.Outage - outage.Elapsed, cancellationToken);
        await StartAsync(target, service, process, cancellationToken);
        journal.Note($"{service} is back");
        double? recovery = null;
        if (target == KillTarget.Verifier) await WaitForBalanceAsync(service, cancellationToken);
        else recovery = await WaitForRecoveryAsync(service, cancellationToken);
        _results.Add(new(target, marked.Gaps ?? [], [.. (marked.Returns ?? []).Select(seconds => seconds + Settled.TotalSeconds)], marked.Missing ?? [], recovery));
    }

    private async Task<IReadOnlyList<string>> ReadAgentsOfAsync(string verifier, CancellationToken cancellationToken)
    {
        var states = await ReadStatesAsync(cancellationToken);
        // Of an agent that has failed nobody expects to be asked.
        return [.. states.Where(agent => agent.Value.Owner == verifier && agent.Value.TrustState == TrustState.Attested).Select(agent => agent.Key)];
    }

    private async Task StartAsync(KillTarget target, string service, int killed, CancellationToken cancellationToken)
    {
        // The AppHost sees the end of a process a moment later than we do.
        await cluster.WaitForServiceAsync(service, status => status.State is "exited" or "finished" or "failed", StartPatience, cancellationToken);
        // PostgreSQL refuses to start as long as a child of its killed predecessor lives: a moment.
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(500, cancellationToken))
        {
            await cluster.CommandAsync(service, "start", cancellationToken);
            try
            {
                // What is written of it may still be its predecessor's for a moment: a new pid is a new start.
                await cluster.WaitForServiceAsync(service, status => status.Pid is { } pid && pid != killed, AppearancePatience, cancellationToken);
            }
            catch (LoadException) when (clock.Elapsed < StartPatience)
            {
                continue; // Gone again before it was written down.
            }
            await cluster.WaitForServiceAsync(service, status => status.State is "running" or "exited" or "failed", StartPatience, cancellationToken);
            if (cluster.ReadStatus().Find(service) is { State: "running", Pid: { } started })
            {
                if (target == KillTarget.Verifier) quota?.Limit(service, started);
                return;
            }
            if (clock.Elapsed > StartPatience) throw new LoadException($"{service} does not start again");
        }
    }

    private async Task WaitForBalanceAsync(string verifier, CancellationToken cancellationToken)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var look = Stopwatch.StartNew();
            var states = await ReadStatesAsync(cancellationToken);
            var share = states.Count == 0 ? 1 : states.Values.Count(agent => agent.Owner == verifier) * (double)options.Verifiers / states.Count;
            if (share >= BalancedShare) return;
            if (clock.Elapsed > BalancePatience)
            {
                journal.Warn(string.Create(CultureInfo.InvariantCulture, $"{verifier} has {share:0.00} of its share {BalancePatience.TotalSeconds} s after its return"));
                return;
            }
            // A look costs a verifier work for every agent: a twentieth of its time at most.
            var pause = look.Elapsed * 20;
            await Task.Delay(pause < Settled ? Settled : pause > LongestLook ? LongestLook : pause, cancellationToken);
        }
    }

    /// <summary>Seconds until the API shows every agent as what it is: attested, or failed. Null: not so soon as to wait for it.</summary>
    private async Task<double?> WaitForRecoveryAsync(string service, CancellationToken cancellationToken)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < RecoveryPatience; await Task.Delay(Settled, cancellationToken))
        {
            if (await api.ListAsync(cancellationToken) is not { } states) continue;
            injected.Look(states);
            if (states.Values.Any(agent => agent.TrustState is not (TrustState.Attested or TrustState.Failed))) continue;
            journal.Note(string.Create(CultureInfo.InvariantCulture, $"all is well {clock.Elapsed.TotalSeconds:0.0} s after the return of {service}"));
            return clock.Elapsed.TotalSeconds;
        }
        journal.Warn($"not all agents are attested {RecoveryPatience.TotalSeconds} s after the return of {service}");
        return null;
    }

    private async Task<IReadOnlyDictionary<string, VerifierAgentResponse>> ReadStatesAsync(CancellationToken cancellationToken)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < StartPatience; await Task.Delay(500, cancellationToken))
        {
            if (await api.ListAsync(cancellationToken) is not { } states) continue;
            injected.Look(states);
            return states;
        }
        throw new LoadException("the verifiers do not answer through the gateway");
    }
}

/// <summary>What the fleet and the API saw of one kill.</summary>
internal sealed record KillResult(KillTarget Target, IReadOnlyList<double> Gaps, IReadOnlyList<double> Returns, IReadOnlyList<string> Missing, double? RecoverySeconds);
