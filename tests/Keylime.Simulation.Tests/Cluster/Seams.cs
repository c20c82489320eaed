using System.Diagnostics.Metrics;
using Keylime.Protocol;
using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.Faults;
using Keylime.Simulation.Tests.Stores;
using Keylime.Simulation.Tests.World;
using Microsoft.Extensions.Logging;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>What is simulated for one process of the verifier.</summary>
internal sealed record Seams(
    SimulatedProcess Process, Guid ProcessId, SimulatedClock Clock, Random Jitter, IMeterFactory Meters, Auditor Auditor, Scheduler Scheduler,
    RemoteDatabase Database, RemoteLeases Leases, SimulatedHook Hook, Link ToAgents, IReadOnlySet<AgentId> Bad, Mutation Mutation)
{
    /// <summary>The verifier's own log goes into the trace. What it tells as an error is a bug: its loops go on after one, but none may show.</summary>
    public ILogger<T> Log<T>() => new SimulatedLogger<T>(this);

    private sealed class SimulatedLogger<T>(Seams seams) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error || seams.Scheduler.Trace is not null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            seams.Scheduler.Note(seams.Process.Name, () => $"{typeof(T).Name}: {formatter(state, exception)}");
            if (logLevel >= LogLevel.Error) seams.Auditor.Faulted(seams.Process, typeof(T).Name, $"{formatter(state, exception)}: {exception}");
        }
    }
}
