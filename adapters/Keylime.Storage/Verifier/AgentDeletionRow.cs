using Keylime.Protocol;

namespace Keylime.Storage.Verifier;

/// <summary>An agent that is gone, for those who have it in memory. Kept for a day: an owner that heard nothing for longer has lost its lease.</summary>
internal sealed class AgentDeletionRow
{
    public required AgentId AgentId { get; init; }
    public required long ChangeId { get; init; }
    /// <summary>On the database's clock.</summary>
    public DateTimeOffset DeletedAt { get; init; }
}
