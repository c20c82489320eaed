namespace Keylime.Sharding;

/// <summary>The cluster's members and their heartbeats, for those who watch.</summary>
/// <remarks>All members throw <see cref="LeaseStoreUnavailableException"/> in an outage.</remarks>
public interface IMembershipReader
{
    /// <summary>All members. Entries that have not beaten for a long time are dropped by the store, some time.</summary>
    Task<IReadOnlyCollection<MemberHeartbeat>> ListAsync(CancellationToken ct);
}

/// <summary>The cluster's members and their heartbeats, for those who are among them.</summary>
public interface IMembershipStore : IMembershipReader
{
    /// <summary>Announces a member under a new beat, and reads all: the answer holds the member itself.</summary>
    Task<IReadOnlyCollection<MemberHeartbeat>> BeatAsync(Member self, CancellationToken ct);
}
