using System.Net;
using System.Reflection;
using Keylime.Sharding;
using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.World;
using Keylime.Verifier;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Ownership;
using Keylime.Verifier.Revocation;
using Microsoft.Extensions.Hosting;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>One process of the verifier: the loops that ship, put together as <see cref="VerifierHost"/> does, on a clock, stores and agents of the simulation.</summary>
internal sealed class SimulatedVerifier
{
    // BackgroundService would start this on the thread pool.
    private static readonly MethodInfo Execute = typeof(BackgroundService).GetMethod("ExecuteAsync", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly SimulatedProcess _process;
    private readonly Auditor _auditor;
    private readonly AttestationLoop _attestation;
    private readonly LeaseLoop _leases;
    private readonly List<(BackgroundService Loop, CancellationTokenSource Stop)> _loops;
    private readonly Dictionary<BackgroundService, Task> _running = [];

    public SimulatedVerifier(string instance, Seams seams, SimulationRules rules)
    {
        (_process, _auditor) = (seams.Process, seams.Auditor);
        var clock = seams.Clock;
        var (monotonic, options) = (new MonotonicClock(clock), rules.Attestation);
        var identity = new VerifierOptions { Instance = instance, AdvertisedAddress = $"{instance}:8881", Address = IPAddress.Loopback, ShardCount = rules.ShardCount };
        var owner = new LeaseOwner(instance, seams.ProcessId);
        Ownership = new ShardOwnership(rules.Lease, rules.ShardCount, instance);
        var watch = new StoreWatch(seams.Log<StoreWatch>());
        var transitions = new AgentTransitions(options);
        var agents = new OwnedAgents(transitions);
        var metrics = new AttestationMetrics(seams.Meters);
        var (bell, leaseBell) = (new OutboxBell(), new LeaseBell());
        var messages = new RevocationMessages(rules.Revocation, options, clock, seams.Log<RevocationMessages>());
        var writer = new StateWriter(seams.Database, watch, Ownership, bell, monotonic, metrics, seams.Log<StateWriter>());
        var round = new AttestationRound(new SimulatedAgents(seams.Bad, seams.ToAgents, _process, instance, _auditor, transitions, options, clock, seams.Mutation), messages, writer, monotonic);
        _attestation = new AttestationLoop(options, round, agents, Ownership, monotonic, clock, seams.Jitter, new Pace(options, seams.Log<Pace>()), metrics, seams.Log<AttestationLoop>());
        var shards = new ShardLoop(Ownership, seams.Database, agents, _attestation, writer, watch, bell, leaseBell, new OwnershipMetrics(seams.Meters, Ownership), owner, options, monotonic, clock, seams.Log<ShardLoop>());
        _leases = new LeaseLoop(Ownership, rules.Lease, seams.Leases, seams.Leases, new ClusterMembers(rules.Lease, monotonic), watch, owner, identity, leaseBell, monotonic, clock, seams.Log<LeaseLoop>());
        // Other agents are not told, nor is of stale ones: that is a matter of reaching them, not of who owns what.
        var relay = new OutboxRelay(seams.Database, stored: null!, shards, bell, agents: null!, messages, rules.Revocation, options, clock, seams.Log<OutboxRelay>(), seams.Hook);
        _loops = [.. new BackgroundService[] { _leases, relay, shards, _attestation }.Select(loop => (loop, new CancellationTokenSource()))];
    }

    public ShardOwnership Ownership { get; }

    public void Start() => _process.Run(() =>
    {
        foreach (var (loop, stop) in _loops) _running[loop] = RunAsync(loop, stop.Token);
    });

    /// <summary>Stops in order, as a host does: the last one started first.</summary>
    public void Stop(Action stopped) => _process.Run(() => _ = StopAsync(stopped));

    private async Task StopAsync(Action stopped)
    {
        await _attestation.StopAsync(CancellationToken.None);
        foreach (var (loop, stop) in Enumerable.Reverse(_loops))
        {
            stop.Cancel();
            await _running[loop];
        }
        await _leases.StopAsync(CancellationToken.None);
        stopped();
    }

    private async Task RunAsync(BackgroundService loop, CancellationToken stop)
    {
        try
        {
            await (Task)Execute.Invoke(loop, [stop])!;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // Whatever it is, it would end the process; the auditor tells.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _auditor.Died(_process, loop.GetType().Name, e);
        }
    }

}
