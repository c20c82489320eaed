namespace Keylime.Attestation.Agents;

/// <summary>Messages that were written along with verdicts and wait to be told. The owners of their agents' shards tell them; one that is told twice
/// does no harm.</summary>
/// <remarks>All members throw <see cref="StoreUnavailableException"/> in an outage.</remarks>
public interface IOutboxStore
{
    /// <summary>The oldest messages about agents of the shards. To whoever asks: those about agents that are gone, and those of the kind
    /// <see cref="OutboxMessage.Stale"/> that have waited for ten seconds.</summary>
    Task<IReadOnlyList<StoredMessage>> ReadAsync(IReadOnlyCollection<int> shards, int limit, CancellationToken ct);
    /// <summary>Deletes messages that were told.</summary>
    Task DeleteAsync(IReadOnlyCollection<long> sequences, CancellationToken ct);
}

/// <summary>A message in the outbox.</summary>
/// <param name="Sequence">Its number; messages about one agent are in the order of their numbers.</param>
/// <param name="Message">The message.</param>
public sealed record StoredMessage(long Sequence, OutboxMessage Message);
