using Keylime.Protocol;

namespace Keylime.Storage.Verifier;

/// <summary>Something to be told to others, in the order of <see cref="Sequence"/> per agent.</summary>
internal sealed class OutboxRow
{
    public long Sequence { get; init; }
    public required string Kind { get; init; }
    public required AgentId AgentId { get; init; }
    public required string Payload { get; init; }
    /// <summary>On the database's clock.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}
