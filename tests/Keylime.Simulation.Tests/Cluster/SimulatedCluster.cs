using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.Faults;
using Keylime.Simulation.Tests.Stores;
using Keylime.Simulation.Tests.World;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>Machines, servers and agents, and what can be done to them.</summary>
internal sealed class SimulatedCluster : IDisposable
{
    private readonly Scheduler _scheduler;
    private readonly SimulationRules _rules;
    private readonly Mutation _mutation;
    private readonly Random _random;
    private readonly Meters _meters = new();
    private readonly List<SimulatedProcess> _processes = [];

    public SimulatedCluster(Scheduler scheduler, SimulationRules rules, Mutation mutation, Random random)
    {
        (_scheduler, _rules, _mutation, _random) = (scheduler, rules, mutation, random);
        var serverClock = new SimulatedClock(scheduler, null, 1);
        Model = new(serverClock, mutation);
        Leases = new(serverClock, mutation);
        // A third of the clusters do without Redis: whoever loses the database loses the leases with it.
        HasRedis = random.Next(3) > 0;
        // In a third nothing happens to the leases: there, no lease is used by two.
        LeasesAreSound = random.Next(3) == 0;
        LeaseServer = HasRedis ? new("redis") : DatabaseServer;
        Auditor = new(scheduler, rules.MaxSkew) { HolderOf = LeasesAreSound ? Leases.HolderOf : null };
        var drift = mutation == Mutation.ClocksDriftBeyondTheMargin ? 0.5 : rules.MaxDrift;
        for (var i = 0; i < rules.Verifiers; i++)
            Machines.Add(new($"verifier-{i}", new(DatabaseServer), new(LeaseServer) { MayRepeat = true }, new(AgentServer), new(WebhookServer) { MayRepeat = true },
                1 + drift * (2 * random.NextDouble() - 1))
            { Skew = RandomSkew() });
        for (var i = 0; i < rules.Agents; i++) Enroll(AgentId.Parse($"agent-{i}"));
    }

    public ModelDatabase Model { get; }
    public ModelLeases Leases { get; }
    public Auditor Auditor { get; }
    public bool HasRedis { get; }
    public bool LeasesAreSound { get; }
    public List<Machine> Machines { get; } = [];
    public List<AgentId> Agents { get; } = [];
    /// <summary>Agents whose evidence is not good.</summary>
    public HashSet<AgentId> Bad { get; } = [];
    public Server DatabaseServer { get; } = new("database");
    public Server LeaseServer { get; }
    public Server AgentServer { get; } = new("agents");
    public Server WebhookServer { get; } = new("webhook");

    public TimeSpan RandomSkew() => _rules.MaxSkew * (2 * _random.NextDouble() - 1);

    public void Start(Machine machine)
    {
        var process = new SimulatedProcess(_scheduler, $"{machine.Instance}{new string('\'', machine.Starts++)}");
        _processes.Add(process);
        var clock = new SimulatedClock(_scheduler, process, machine.Rate) { Skew = machine.Skew };
        Link To(Wire wire) => new(_scheduler, process, wire, _random);
        var toDatabase = To(machine.Database);
        var seams = new Seams(process, new Guid(_processes.Count, 0, 0, new byte[8]), clock, new Random(_random.Next()), _meters, Auditor, _scheduler,
            new RemoteDatabase(Model, toDatabase, process, Auditor, _scheduler, _mutation),
            new RemoteLeases(Leases, To(machine.Leases), _rules.Lease.RenewAfter), new SimulatedHook(To(machine.Webhook), Auditor), To(machine.Agents), Bad, _mutation);
        (machine.Process, machine.Clock, machine.IsStopping) = (process, clock, false);
        machine.Verifier = new(machine.Instance, seams, _rules);
        machine.Verifier.Start();
        _scheduler.Note(process.Name, () => "starts");
    }

    /// <summary>Whether every agent stands where it should, by what happened since a time.</summary>
    public bool HasRecovered(TimeSpan since) => Auditor.Untold.Count == 0 && Agents.All(id => Laggard(id, since) is null);

    /// <summary>What an agent still lacks; null for nothing.</summary>
    public string? Laggard(AgentId id, TimeSpan since)
    {
        var agent = Model.Find(id)!;
        if (Bad.Contains(id)) return Auditor.IsFailed(agent.State) ? null : $"{id} is bad and {agent.State.OperationalState}";
        return agent is { IsFresh: true, State.OperationalState: OperationalState.GetQuote }
            && agent.State.LastSuccessfulAttestation > SimulatedClock.Epoch + since + _rules.MaxSkew ? null
            : $"{id} is good and {agent.State.OperationalState}, last attested at {agent.State.LastSuccessfulAttestation:mm:ss.fff}, shard {agent.Enrollment.Shard} of {agent.Owner}";
    }

    public void Dispose()
    {
        foreach (var process in _processes) process.Kill();
        _meters.Dispose();
    }

    private void Enroll(AgentId id)
    {
        Agents.Add(id);
        Model.Enroll(new AgentEnrollment
        {
            Id = id,
            Shard = new ShardMap(_rules.ShardCount).ShardOf(id.Value),
            VerifierId = "default",
            AkTpm = default,
            SupportedVersion = "2.6",
            TpmPolicy = "{}",
            MetaData = "{}",
            RuntimePolicyName = "shared",
            MeasuredBootPolicyName = "shared",
            AcceptHashAlgorithms = [],
            AcceptEncryptionAlgorithms = [],
            AcceptSigningAlgorithms = [],
        });
    }
}
