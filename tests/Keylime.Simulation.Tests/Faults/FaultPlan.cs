using Keylime.Protocol;
using Keylime.Simulation.Tests.Cluster;
using Keylime.Simulation.Tests.World;

namespace Keylime.Simulation.Tests.Faults;

/// <summary>What happens to a cluster: drawn from the seed, or told by a test; and over at a stated time.</summary>
internal sealed class FaultPlan(Scheduler scheduler, SimulatedCluster cluster, SimulationRules rules, Random random)
{
    private readonly Dictionary<AgentId, int> _policies = [];

    public SimulatedCluster Cluster => cluster;

    /// <summary>Starts the cluster, and lets happen to it what a script says; without one, anything.</summary>
    public void Begin(Action<FaultPlan>? script)
    {
        foreach (var machine in cluster.Machines) scheduler.At(Seconds(0, 2), () => cluster.Start(machine));
        if (script is null) DrawFaults();
        else script(this);
        scheduler.At(rules.Suffering, HealAll);
    }

    public void At(double seconds, Action action) => scheduler.At(TimeSpan.FromSeconds(seconds), action);

    private void DrawFaults()
    {
        for (var count = random.Next(4, 16); count > 0; count--)
        {
            var fault = Choose();
            scheduler.At(Seconds(2, rules.Suffering.TotalSeconds), fault);
        }
    }

    private Action Choose()
    {
        var machine = cluster.Machines[random.Next(cluster.Machines.Count)];
        var agent = cluster.Agents[random.Next(cluster.Agents.Count)];
        switch (random.Next(22))
        {
            case 0 or 1: return () => Kill(machine);
            case 2 or 3: return () => Pause(machine, Seconds(0.2, 10));
            case 4: return () => Stop(machine);
            case 5 or 6: return () => Cut(machine, machine.Database, Seconds(0.5, 12));
            case 7: return () => Cut(machine, cluster.LeasesAreSound ? machine.Agents : machine.Leases, Seconds(0.5, 12));
            case 8: return () => Slow(machine, Seconds(2, 12));
            case 9: return () => Down(cluster.DatabaseServer, Seconds(0.5, 10));
            case 10: return () => Down(cluster.LeaseServer, Seconds(0.5, 10));
            case 11: return () => Down(cluster.WebhookServer, Seconds(0.5, 10));
            case 12: return () => LoseLeases(Seconds(0.5, 5));
            case 13: return () => SetClock(machine);
            case 14 or 15 or 16: return () => TurnBad(agent);
            case 17 or 18: return () => Reactivate(agent);
            case 19: return () => LoseAnswers(machine, machine.Database, Seconds(0.5, 6));
            case 20: return () => LoseAnswers(machine, machine.Leases, Seconds(0.5, 6));
            default: return () => ChangePolicy(agent);
        }
    }

    private void Kill(Machine machine)
    {
        if (!machine.IsUp) return;
        Note(machine, "killed");
        machine.Process!.Kill();
        scheduler.After(Seconds(0.1, 8), () => StartAgain(machine));
    }

    private void Stop(Machine machine)
    {
        if (!machine.IsUp || machine.IsStopping) return;
        Note(machine, "told to stop");
        machine.IsStopping = true;
        var process = machine.Process!;
        // A host waits for so long, and no longer.
        scheduler.After(TimeSpan.FromSeconds(15), process.Kill);
        machine.Verifier!.Stop(() =>
        {
            Note(machine, "stopped");
            process.Kill();
        });
        scheduler.After(Seconds(3, 8), () => StartAgain(machine));
    }

    private void StartAgain(Machine machine)
    {
        if (!machine.IsUp) cluster.Start(machine);
        else if (machine.IsStopping) scheduler.After(TimeSpan.FromSeconds(1), () => StartAgain(machine));
    }

    private void Pause(Machine machine, TimeSpan length)
    {
        if (!machine.IsUp) return;
        Note(machine, $"paused for {length.TotalSeconds:0.0} s");
        var process = machine.Process!;
        process.Pause();
        scheduler.After(length, () =>
        {
            if (process is { IsPaused: true, IsDead: false }) Note(machine, "goes on");
            process.Resume();
        });
    }

    public void Cut(Machine machine, Wire wire, TimeSpan length)
    {
        if (cluster.LeasesAreSound && wire.Server == cluster.LeaseServer) return;
        Note(machine, $"cut off from {wire.Server.Name} for {length.TotalSeconds:0.0} s");
        wire.IsCut = true;
        scheduler.After(length, () => wire.IsCut = false);
    }

    public void LoseAnswers(Machine machine, Wire wire, TimeSpan length)
    {
        if (cluster.LeasesAreSound && wire.Server == cluster.LeaseServer) return;
        Note(machine, $"gets no answers from {wire.Server.Name} for {length.TotalSeconds:0.0} s");
        wire.LosesAnswers = true;
        scheduler.After(length, () => wire.LosesAnswers = false);
    }

    private void Slow(Machine machine, TimeSpan length)
    {
        var wires = machine.Wires.Where(wire => !(cluster.LeasesAreSound && wire.Server == cluster.LeaseServer)).ToList();
        Note(machine, $"has a slow network for {length.TotalSeconds:0.0} s");
        foreach (var wire in wires) wire.IsSlow = true;
        scheduler.After(length, () => { foreach (var wire in wires) wire.IsSlow = false; });
    }

    private void Down(Server server, TimeSpan length)
    {
        if (cluster.LeasesAreSound && server == cluster.LeaseServer) return;
        var isSilent = random.Next(2) == 0;
        scheduler.Note(server.Name, () => $"{(isSilent ? "silent" : "down")} for {length.TotalSeconds:0.0} s");
        (server.IsDown, server.IsSilent) = (true, isSilent);
        scheduler.After(length, () => server.IsDown = false);
    }

    private void LoseLeases(TimeSpan age)
    {
        if (cluster.LeasesAreSound) return;
        if (random.Next(2) == 0)
        {
            scheduler.Note(cluster.LeaseServer.Name, () => "flushed");
            cluster.Leases.Flush();
            return;
        }
        var restore = cluster.Leases.Snapshot();
        scheduler.After(age, () =>
        {
            scheduler.Note(cluster.LeaseServer.Name, () => $"fails over and loses {age.TotalSeconds:0.0} s of writes");
            restore();
        });
    }

    private void SetClock(Machine machine)
    {
        machine.Skew = cluster.RandomSkew();
        machine.Clock?.Skew = machine.Skew;
        Note(machine, $"clock is off by {machine.Skew.TotalMilliseconds:0} ms now");
    }

    public void TurnBad(AgentId agent)
    {
        scheduler.Note($"{agent}", () => "turns bad");
        cluster.Bad.Add(agent);
    }

    public void Reactivate(AgentId agent)
    {
        scheduler.Note($"{agent}", () => "is good again, and reactivated");
        cluster.Bad.Remove(agent);
        cluster.Model.ChangeState(agent, OperationalState.Start);
    }

    private void ChangePolicy(AgentId agent)
    {
        scheduler.Note($"{agent}", () => "gets another policy");
        _policies[agent] = _policies.GetValueOrDefault(agent) + 1;
        cluster.Model.ChangePolicy(agent, $"policy-{_policies[agent]}");
    }

    private void HealAll()
    {
        scheduler.Note("ALL", () => "faults are over");
        foreach (var server in (Server[])[cluster.DatabaseServer, cluster.LeaseServer, cluster.WebhookServer]) server.IsDown = false;
        foreach (var machine in cluster.Machines)
        {
            foreach (var wire in machine.Wires) (wire.IsCut, wire.IsSlow, wire.LosesAnswers) = (false, false, false);
            machine.Process?.Resume();
            StartAgain(machine);
        }
        foreach (var agent in cluster.Agents)
            if (!cluster.Bad.Contains(agent) && Checks.Auditor.IsFailed(cluster.Model.Find(agent)!.State)) Reactivate(agent);
    }

    private void Note(Machine machine, string what) => scheduler.Note(machine.Process?.Name ?? machine.Instance, () => what);

    private TimeSpan Seconds(double from, double to) => TimeSpan.FromSeconds(from + random.NextDouble() * (to - from));
}
