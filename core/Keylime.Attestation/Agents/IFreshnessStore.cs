namespace Keylime.Attestation.Agents;

/// <summary>Finds the agents whose deadlines have passed, on the database's clock, whoever owns them or does not any more.</summary>
/// <remarks>All members throw <see cref="StoreUnavailableException"/> in an outage.</remarks>
public interface IFreshnessStore
{
    /// <summary>Counts the stale agents and marks those that were not marked, each with a message of the kind <see cref="OutboxMessage.Stale"/> when wanted.
    /// Null: another process has just done it.</summary>
    Task<FreshnessReport?> SweepAsync(SweepRules rules, CancellationToken ct);
}

/// <summary>When a sweep is due, and what it may say.</summary>
/// <param name="Period">Between two sweeps, by whichever processes.</param>
/// <param name="Settling">How long sweeps must have gone on before one marks agents. Where there was no sweep for several periods nothing was written
/// either, an outage or a stop of everything: agents whose passes wait in memory are given the time to be written before they are told to be stale.</param>
/// <param name="WithMessages">Whether a mark comes with a message.</param>
public sealed record SweepRules(TimeSpan Period, TimeSpan Settling, bool WithMessages);

/// <summary>What a sweep found.</summary>
/// <param name="Stale">Agents that are stale now.</param>
/// <param name="BecameStale">Those of them that were marked by this sweep, in order of their ids; the first <see cref="MaxNamed"/> of them.</param>
/// <param name="BecameStaleCount">How many those are, all counted.</param>
public sealed record FreshnessReport(long Stale, IReadOnlyList<Protocol.AgentId> BecameStale, long BecameStaleCount)
{
    /// <summary>Most agents that a report names.</summary>
    public const int MaxNamed = 20;
}
