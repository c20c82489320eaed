namespace Keylime.Sharding;

/// <summary>Agent id -> shard. The count is fixed for the life of a cluster: shards are stored with the agents.</summary>
public readonly record struct ShardMap
{
    /// <summary>Shards of a cluster that does not say otherwise.</summary>
    public const int DefaultCount = 1024;

    /// <summary>Most shards that a cluster may have.</summary>
    public const int MaxCount = 65_536;

    /// <param name="count">Number of shards, 1 to <see cref="MaxCount"/>.</param>
    public ShardMap(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        Count = count;
    }

    /// <summary>Number of shards.</summary>
    public int Count { get; }

    /// <summary>The shard of an agent, 0 to <see cref="Count"/> minus 1: <see cref="StableHash"/> of the id, modulo the count.</summary>
    public int ShardOf(string agentId) => (int)(StableHash.Of(agentId) % (ulong)Count);
}
