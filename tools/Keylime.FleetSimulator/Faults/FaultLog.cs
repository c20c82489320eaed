using System.Collections.Concurrent;
using Keylime.FleetSimulator.Agents;

namespace Keylime.FleetSimulator.Faults;

/// <summary>Faults as they reach the network, until they are told.</summary>
internal sealed class FaultLog(TimeProvider time)
{
    private readonly ConcurrentQueue<InjectedFault> _happened = new();

    /// <summary>Notes the first faulty answer of an agent; later ones are no news.</summary>
    public void Announce(SimulatedAgent agent)
    {
        if (agent.TakeAnnouncement(out var fault)) _happened.Enqueue(new(agent, fault, time.GetUtcNow()));
    }

    public bool TryTake(out InjectedFault injected) => _happened.TryDequeue(out injected);
}

/// <summary>When an agent first showed a fault.</summary>
internal readonly record struct InjectedFault(SimulatedAgent Agent, Fault Fault, DateTimeOffset At);
