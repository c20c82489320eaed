namespace Keylime.Attestation;

/// <summary>One reason why evidence was rejected.</summary>
/// <param name="EventId">Keylime's dotted event id, in its wire spelling; revocation consumers match on it.</param>
/// <param name="Detail">One sentence for people; names the file, PCR or member. Text that the agent sent is cut and escaped.</param>
/// <param name="Recoverable">Keylime's flag: false lifts the failure to the highest severity, which ends the polling.</param>
public sealed partial record AttestationFailure(string EventId, string Detail, bool Recoverable)
{
    /// <summary>Member of the agent's answer that is at fault.</summary>
    public string? Member { get; init; }
    /// <summary>Byte offset of the fault in the decoded member.</summary>
    public int? Offset { get; init; }
    /// <summary>0-based number of the IMA entry in the machine's whole list, or of the event in its boot log.</summary>
    public long? Entry { get; init; }
    /// <summary>Path of the measured file, or name of the measured key or buffer, cut and escaped for display.</summary>
    public string? Path { get; init; }
    /// <summary>Type of the boot event, in the specification's spelling: <c>EV_SEPARATOR</c>.</summary>
    public string? EventType { get; init; }
    /// <summary>PCR number.</summary>
    public int? Pcr { get; init; }
    /// <summary>What the policy, the log or the request calls for; lower-case hex for digests.</summary>
    public string? Expected { get; init; }
    /// <summary>What the evidence holds.</summary>
    public string? Seen { get; init; }
}
