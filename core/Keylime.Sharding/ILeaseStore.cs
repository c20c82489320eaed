namespace Keylime.Sharding;

/// <summary>Leases of shards. For liveness only: two owners at once cost work, the epochs keep them from harm.</summary>
/// <remarks>All members throw <see cref="LeaseStoreUnavailableException"/> in an outage; what was asked may have happened nevertheless.</remarks>
public interface ILeaseStore
{
    /// <summary>Takes or renews leases: a lease that is free or the owner's already is the owner's for <paramref name="duration"/>, counted
    /// from some moment during the call. Answers those granted; the others belong to somebody else.</summary>
    /// <remarks>One operation for both, so that a repeated or half-answered call does no harm and a store that lost everything heals by itself. A lease that
    /// lasts for more than twice as long as one that is taken now is free: the store's clock was set back since, and if its owner is gone, nobody else could
    /// have its shard until the clock comes there again. An owner that lives renews it at once.</remarks>
    Task<IReadOnlyCollection<int>> ClaimAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, TimeSpan duration, CancellationToken ct);

    /// <summary>Frees those of the leases that are the owner's.</summary>
    Task ReleaseAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, CancellationToken ct);

    /// <summary>Who holds which shard; free shards are absent.</summary>
    Task<IReadOnlyDictionary<int, LeaseOwner>> ListAsync(CancellationToken ct);
}
