namespace Keylime.Storage.Verifier;

/// <summary>A lease of a shard, in a cluster that keeps its leases here. A row whose time is up is a free lease.</summary>
internal sealed class LeaseRow
{
    public required int Shard { get; init; }
    /// <summary><see cref="Keylime.Sharding.LeaseOwner"/> as text.</summary>
    public required string Owner { get; init; }
    /// <summary>On the database's clock.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}
