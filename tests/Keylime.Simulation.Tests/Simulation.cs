using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.Cluster;
using Keylime.Simulation.Tests.Faults;
using Keylime.Simulation.Tests.World;

namespace Keylime.Simulation.Tests;

/// <summary>One life of a cluster. The seed decides everything: the same seed is the same life, down to the last message.</summary>
internal static class Simulation
{
    public static Outcome Run(int seed, Mutation mutation = Mutation.None, bool isTraced = false, Action<FaultPlan>? script = null)
    {
        var rules = new SimulationRules();
        var random = new Random(seed);
        var scheduler = new Scheduler { Trace = isTraced ? [] : null };
        using var cluster = new SimulatedCluster(scheduler, rules, mutation, random);
        scheduler.Note("SEED", () => $"{seed}, leases in {cluster.LeaseServer.Name}{(cluster.LeasesAreSound ? ", which is sound" : "")}");
        new FaultPlan(scheduler, cluster, rules, random).Begin(script);

        scheduler.RunUntil(rules.Suffering, () => cluster.Auditor.Broken is not null);
        var end = rules.Suffering + rules.Recovery;
        scheduler.RunUntil(end, () => cluster.Auditor.Broken is not null || cluster.HasRecovered(rules.Suffering));
        if (cluster.Auditor.Broken is null && !cluster.HasRecovered(rules.Suffering))
        {
            if (cluster.Auditor.Untold.Count > 0) cluster.Auditor.Fail(Promise.MessageIsTold, $"{cluster.Auditor.Untold.Count} messages were not told {rules.Recovery.TotalSeconds} s after the last fault");
            cluster.Auditor.Fail(Promise.WorkGoesOn, $"{rules.Recovery.TotalSeconds} s after the last fault: {cluster.Agents.Select(id => cluster.Laggard(id, rules.Suffering)).OfType<string>().FirstOrDefault()}");
        }
        return new(seed, cluster.Auditor.Broken, scheduler.Now - rules.Suffering, cluster.Auditor.AcceptedWrites, cluster.Auditor.CommittedFailures, scheduler.Trace ?? []);
    }
}

/// <summary>What became of one life.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Broken">The promise that was broken; null for none.</param>
/// <param name="Recovery">How long after the last fault everything was well.</param>
/// <param name="Writes">Writes that the database accepted.</param>
/// <param name="Failures">Verdicts that were committed as failed.</param>
/// <param name="Trace">What happened, where it was asked for.</param>
internal sealed record Outcome(int Seed, BrokenPromise? Broken, TimeSpan Recovery, int Writes, int Failures, IReadOnlyList<string> Trace);
