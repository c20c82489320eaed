using System.Diagnostics;
using Keylime.Load.Cluster;
using Keylime.Load.Counters;
using Keylime.Load.Fleet;
using Keylime.Load.Injection;
using Keylime.Load.Kills;
using Keylime.Load.Options;
using Keylime.Load.Processes;
using Keylime.Load.Progress;
using Keylime.Load.Quotas;

namespace Keylime.Load.Running;

/// <summary>The time that is measured: samples of a fleet at work, while services are killed and faults injected as the options say.</summary>
internal sealed class Measurement(
    LoadOptions options, LocalCluster cluster, ClusterLayout layout, FleetProcess fleet, OperatorConnection api, CpuQuota? quota, InjectedFailures injected, RunJournal journal, IProgressDisplay display, Random chance)
{
    public async Task<Measured> RunAsync(CancellationToken cancellationToken)
    {
        journal.Phase("measuring");
        var (sql, redis) = await OpenCountersAsync(cancellationToken);
        using var redisConnection = redis;
        // The fleet's figures and ours begin together, at a tick.
        await fleet.WaitAsync(told => told.Event == "tick", FleetVerdicts.ReportPatience, cancellationToken);
        await fleet.SendAsync(new("reset"), cancellationToken);
        var sampler = await Sampler.BeginAsync(cluster, fleet, sql, redis, cancellationToken);
        var machineBefore = MachineCpu.Read();
        var clock = Stopwatch.StartNew();
        journal.Begin(clock);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sampling = sampler.RunAsync(clock, sample => Show(sampler, sample), stop.Token);
        var kills = new KillRun(options, cluster, fleet, api, sampler, journal, injected, quota, chance);
        var work = Task.WhenAll(
            kills.RunAsync(KillSchedule.Plan(options.Kill, options.Kills, options.Duration, chance), clock, stop.Token),
            new InjectionRun(fleet, options.Inject).RunAsync(options.Duration, clock, stop.Token),
            Task.Delay(options.Duration, stop.Token));
        try
        {
            // Whichever fails first ends the run.
            if (await Task.WhenAny(work, sampling) == sampling) await sampling;
            await work;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(Task.WhenAll(sampling, work));
        }
        var report = await fleet.AskAsync(new("report"), told => told.Event == "report", FleetVerdicts.ReportPatience, cancellationToken);
        var last = await sampler.EndAsync(clock, cancellationToken);
        return new(clock.Elapsed, sampler, last, report, kills.Results, sql is not null, redis is not null, sql is null ? [] : await sql.ReadMostFrequentAsync(cancellationToken), Used(machineBefore, sampler));
    }

    private async Task<(SqlCounter? Sql, RedisCounter? Redis)> OpenCountersAsync(CancellationToken cancellationToken)
    {
        var environment = cluster.ReadEnvironment(layout.Verifiers[0]);
        var sql = environment.TryGetValue("ConnectionStrings__verifier", out var database) ? await SqlCounter.OpenAsync(database, cancellationToken) : null;
        var redis = environment.TryGetValue("ConnectionStrings__redis", out var address) ? RedisCounter.Open(address) : null;
        return (sql, redis);
    }

    private void Show(Sampler sampler, Sample sample)
    {
        var before = sampler.Samples.Count > 5 ? sampler.Samples[^6] : null;
        var quotes = sample.Quotes - (before?.Quotes ?? 0);
        var seconds = (sample.At - (before?.At ?? TimeSpan.Zero)).TotalSeconds;
        var cpu = layout.Verifiers.Sum(name => (sample.Cpu.GetValueOrDefault(name) - (before?.Cpu.GetValueOrDefault(name) ?? TimeSpan.Zero)).TotalMilliseconds);
        display.Show(new(sample, options.Duration, quotes / seconds, quotes > 0 ? cpu / quotes : null, layout.Verifiers.Sum(name => sample.ResidentKiB.GetValueOrDefault(name)), injected.Count));
    }

    private static (double Busy, double Other) Used(MachineCpu? before, Sampler sampler)
    {
        if (before is not { } first || MachineCpu.Read() is not { } now) return (0, 0);
        var (busy, idle) = (now.BusyTicks - first.BusyTicks, now.IdleTicks - first.IdleTicks);
        var ours = sampler.Meters.Sum(meter => meter.Cpu / ProcessStat.Tick);
        return busy + idle == 0 ? (0, 0) : ((double)busy / (busy + idle), Math.Max(0, busy - ours) / (busy + idle));
    }
}

/// <summary>What the measurement itself has brought.</summary>
internal sealed record Measured(
    TimeSpan Duration, Sampler Sampler, Sample Last, FleetEvent Fleet, IReadOnlyList<KillResult> Kills, bool CountsSql, bool CountsRedis, IReadOnlyList<StatementCount> Statements, (double Busy, double Other) Machine);
