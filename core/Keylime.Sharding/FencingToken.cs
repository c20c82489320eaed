namespace Keylime.Sharding;

/// <summary>The right to write the state of one shard's agents: the epoch that its owner raised and read back.</summary>
/// <param name="Shard">Number of the shard, 0 to the cluster's shard count minus 1.</param>
/// <param name="Epoch">Grows with every new ownership; a write with another epoch than the stored one is refused.</param>
public readonly record struct FencingToken(int Shard, long Epoch);
