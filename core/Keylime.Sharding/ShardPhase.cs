namespace Keylime.Sharding;

/// <summary>Where one process stands with one shard.</summary>
public enum ShardPhase
{
    /// <summary>Not ours.</summary>
    Free,
    /// <summary>The lease is ours, the epoch is not raised yet.</summary>
    Leased,
    /// <summary>Lease and epoch are ours, the agents are loaded.</summary>
    Owned,
    /// <summary>Owned, to be given away as soon as everything is flushed.</summary>
    Draining,
    /// <summary>Work has stopped; the lease is to be released.</summary>
    Drained,
    /// <summary>Somebody else has the lease or a newer epoch; what we remember is to be dropped.</summary>
    Lost,
}
