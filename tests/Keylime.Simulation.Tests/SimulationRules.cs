using Keylime.Sharding;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Revocation;

namespace Keylime.Simulation.Tests;

/// <summary>How large the simulated cluster is, how long it is made to suffer, and within what it has to recover.</summary>
internal sealed record SimulationRules
{
    public int Verifiers { get; init; } = 3;
    public int Agents { get; init; } = 9;
    public int ShardCount { get; init; } = 16;
    /// <summary>Faults happen in this time, and are over at its end.</summary>
    public TimeSpan Suffering { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>How soon after the last fault all agents are attested again and all messages are told.</summary>
    public TimeSpan Recovery { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>Wall clocks are off by this much at most: verifiers and database are roughly in step.</summary>
    public TimeSpan MaxSkew { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary>Monotonic clocks run at 1 plus or minus this.</summary>
    public double MaxDrift { get; init; } = 0.04;
    public LeaseRules Lease { get; init; } = LeaseRules.Default;

    /// <summary>The defaults, but that agents are retried for ever and soon: giving up on an agent is no matter of ownership.</summary>
    public AttestationOptions Attestation { get; init; } = new()
    {
        RequestTimeout = TimeSpan.FromSeconds(3),
        RetryInterval = TimeSpan.FromSeconds(1),
        MaxRetries = 1000,
    };

    public RevocationOptions Revocation { get; init; } = new() { ToAgents = false, Webhook = new("https://webhook.example") };
}
