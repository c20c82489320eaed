using Keylime.Simulation.Tests.World;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>A machine that runs a verifier, and runs it again after its death: its wires and its clock's errors stay.</summary>
internal sealed class Machine(string instance, Wire database, Wire leases, Wire agents, Wire webhook, double rate)
{
    public string Instance => instance;
    public Wire Database => database;
    public Wire Leases => leases;
    public Wire Agents => agents;
    public Wire Webhook => webhook;
    public double Rate => rate;
    public TimeSpan Skew { get; set; }
    public int Starts { get; set; }
    /// <summary>The process that runs now, or did last.</summary>
    public SimulatedProcess? Process { get; set; }
    public SimulatedClock? Clock { get; set; }
    public SimulatedVerifier? Verifier { get; set; }
    /// <summary>On its way down in order; nothing is done to it until then.</summary>
    public bool IsStopping { get; set; }

    public bool IsUp => Process is { IsDead: false };

    public IEnumerable<Wire> Wires => [database, leases, agents, webhook];
}
