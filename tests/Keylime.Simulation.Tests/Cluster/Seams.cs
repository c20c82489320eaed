using System.Diagnostics.Metrics;
using Keylime.Protocol;
using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.Faults;
using Keylime.Simulation.Tests.Stores;
using Keylime.Simulation.Tests.World;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>What is simulated for one process of the verifier.</summary>
internal sealed record Seams(
    SimulatedProcess Process, Guid ProcessId, SimulatedClock Clock, Random Jitter, IMeterFactory Meters, Auditor Auditor, Scheduler Scheduler,
    RemoteDatabase Database, RemoteLeases Leases, SimulatedHook Hook, Link ToAgents, IReadOnlySet<AgentId> Bad, Mutation Mutation)
{
    /// <summary>The verifier's own log goes into the trace.</summary>
    public ILogger<T> Log<T>() => Scheduler.Trace is null ? NullLogger<T>.Instance : new TraceLogger<T>(this);

    private sealed class TraceLogger<T>(Seams seams) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            seams.Scheduler.Note(seams.Process.Name, () => $"{typeof(T).Name}: {formatter(state, exception)}");
    }
}
