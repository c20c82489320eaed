namespace Keylime.Protocol;

/// <summary>What to think of an agent now, in the words of the status output.</summary>
public static class TrustState
{
    /// <summary>No good attestation yet, and none failed.</summary>
    public const string Pending = "pending";
    /// <summary>The last attestation passed, and its deadline has not passed.</summary>
    public const string Attested = "attested";
    /// <summary>The last appraisal rejected the evidence, or the agent was given up.</summary>
    public const string Failed = "failed";
    /// <summary>It was attested, but its deadline has passed without another good attestation.</summary>
    public const string Stale = "stale";
}
