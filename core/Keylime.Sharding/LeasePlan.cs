namespace Keylime.Sharding;

/// <summary>What to ask the lease store next.</summary>
/// <param name="AskedAt">Local monotonic time before asking: a lease counts from here.</param>
/// <param name="Claim">Shards to claim, held ones and wanted ones.</param>
/// <param name="Release">Shards to release.</param>
public sealed record LeasePlan(TimeSpan AskedAt, IReadOnlyList<int> Claim, IReadOnlyList<int> Release);
