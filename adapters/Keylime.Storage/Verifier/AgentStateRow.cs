using Keylime.Attestation.Agents;
using Keylime.Protocol;

namespace Keylime.Storage.Verifier;

/// <summary>An agent's state and revision. No column that a flush writes is indexed, so that PostgreSQL updates in place (HOT).</summary>
internal sealed class AgentStateRow
{
    public required AgentId AgentId { get; init; }
    /// <summary>See <see cref="StoredAgent.Revision"/>.</summary>
    public required long Revision { get; init; }
    /// <summary>Where the last operator change stands for readers of changes; see <see cref="VerifierSql.ReadCursorAsync"/>.</summary>
    public required long ChangeId { get; init; }
    public OperationalState OperationalState { get; init; } = OperationalState.Start;
    public long AttestationCount { get; init; }
    public DateTimeOffset? LastReceivedQuote { get; init; }
    public DateTimeOffset? LastSuccessfulAttestation { get; init; }
    public long FreshForMilliseconds { get; init; }
    /// <summary>On the database's clock; see <see cref="VerifierSql.SaveAsync"/>.</summary>
    public DateTimeOffset? FreshUntil { get; init; }
    /// <summary>Since when the agent is marked stale, by a sweep; null from the next good attestation on. Whether it is stale is judged by <see cref="FreshUntil"/> alone.</summary>
    public DateTimeOffset? StaleSince { get; init; }
    public long? EffectiveIntervalMilliseconds { get; init; }
    public string HashAlgorithm { get; init; } = "";
    public string EncryptionAlgorithm { get; init; } = "";
    public string SigningAlgorithm { get; init; } = "";
    public string? PayloadPublicKey { get; init; }
    public string? NegotiatedVersion { get; init; }
    public int? SeverityLevel { get; init; }
    public string? LastEventId { get; init; }
    public string? Reason { get; init; }
    public byte[] AppraisalState { get; init; } = [];

    public AgentState ToState() => new()
    {
        OperationalState = OperationalState,
        AttestationCount = AttestationCount,
        LastReceivedQuote = LastReceivedQuote,
        LastSuccessfulAttestation = LastSuccessfulAttestation,
        FreshFor = TimeSpan.FromMilliseconds(FreshForMilliseconds),
        EffectiveInterval = EffectiveIntervalMilliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        HashAlgorithm = HashAlgorithm,
        EncryptionAlgorithm = EncryptionAlgorithm,
        SigningAlgorithm = SigningAlgorithm,
        PayloadPublicKey = PayloadPublicKey,
        NegotiatedVersion = NegotiatedVersion,
        SeverityLevel = SeverityLevel,
        LastEventId = LastEventId,
        Reason = Reason,
        AppraisalState = AppraisalState,
    };
}
