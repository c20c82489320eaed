namespace Keylime.Sharding;

/// <summary>What to do with shards next, in this order.</summary>
/// <param name="Drop">Stop all work on them and forget their agents; nothing can be written any more.</param>
/// <param name="Drain">Flush what is not written; if the database is out of reach leave them working, they are asked for again. Once flushed: stop
/// scheduling, wait for running rounds, flush these too, then <see cref="ShardOwnership.Drained"/>.</param>
/// <param name="Start">Raise their epochs, load their agents, then <see cref="ShardOwnership.Started"/> and schedule those that it
/// answers. Asked for again until then.</param>
public sealed record ShardPlan(IReadOnlyList<int> Drop, IReadOnlyList<int> Drain, IReadOnlyList<int> Start);
