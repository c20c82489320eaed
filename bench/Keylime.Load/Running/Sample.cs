using Keylime.Load.Fleet;

namespace Keylime.Load.Running;

/// <summary>What is known at one moment of the measurement. Counts are totals since its start.</summary>
internal sealed record Sample
{
    public required TimeSpan At { get; init; }
    public required long Quotes { get; init; }
    /// <summary>Of the last second.</summary>
    public required Spread GapSeconds { get; init; }
    public required IReadOnlyDictionary<string, TimeSpan> Cpu { get; init; }
    public required IReadOnlyDictionary<string, long> ResidentKiB { get; init; }
    /// <summary>Null: not read at this moment.</summary>
    public long? SqlStatements { get; init; }
    public long? RedisCommands { get; init; }
}
