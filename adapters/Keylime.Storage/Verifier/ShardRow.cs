namespace Keylime.Storage.Verifier;

/// <summary>The newest ownership of a shard. There is no row before the first.</summary>
internal sealed class ShardRow
{
    public required int Shard { get; init; }
    public required long Epoch { get; init; }
    public required string Owner { get; init; }
}
