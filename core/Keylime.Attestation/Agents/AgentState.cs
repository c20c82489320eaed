using Keylime.Protocol;

namespace Keylime.Attestation.Agents;

/// <summary>What the verifier learned of an agent. Only the owner of its shard writes it, with the shard's epoch.</summary>
public sealed record AgentState
{
    /// <summary>Where the agent stands.</summary>
    public OperationalState OperationalState { get; init; } = OperationalState.Start;
    /// <summary>Good attestations.</summary>
    public long AttestationCount { get; init; }
    /// <summary>When the last quote came, good or bad.</summary>
    public DateTimeOffset? LastReceivedQuote { get; init; }
    /// <summary>When the last good attestation was judged.</summary>
    public DateTimeOffset? LastSuccessfulAttestation { get; init; }
    /// <summary>How long after <see cref="LastSuccessfulAttestation"/> the agent may still be called attested.</summary>
    public TimeSpan FreshFor { get; init; }
    /// <summary>Time between two quotes of late, smoothed; null before it is known. Longer than configured where the verifier does not keep up.</summary>
    public TimeSpan? EffectiveInterval { get; init; }
    /// <summary>Algorithms that the agent last reported, empty before.</summary>
    public string HashAlgorithm { get; init; } = "";
    /// <summary>See <see cref="HashAlgorithm"/>.</summary>
    public string EncryptionAlgorithm { get; init; } = "";
    /// <summary>See <see cref="HashAlgorithm"/>.</summary>
    public string SigningAlgorithm { get; init; } = "";
    /// <summary>PEM of the payload key that PCR 16 bound in the last good quote.</summary>
    public string? PayloadPublicKey { get; init; }
    /// <summary>API version negotiated since the enrolment; null = as enrolled.</summary>
    public string? NegotiatedVersion { get; init; }
    /// <summary>Index into the severity labels of the worst failure of this run.</summary>
    public int? SeverityLevel { get; init; }
    /// <summary>Keylime's event id of that failure.</summary>
    public string? LastEventId { get; init; }
    /// <summary>Why the agent failed, or gave no quote when it was asked last, for people; null after a good attestation.</summary>
    public string? Reason { get; init; }
    /// <summary>What the appraisal carries from one attestation to the next (clock, IMA position and PCR value), in
    /// the encoding of <c>AppraisalState</c>; empty before the first.</summary>
    public ReadOnlyMemory<byte> AppraisalState { get; init; }
}
