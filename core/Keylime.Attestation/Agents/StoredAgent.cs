namespace Keylime.Attestation.Agents;

/// <summary>An agent's row, read as one.</summary>
/// <param name="Enrollment">What the tenant said.</param>
/// <param name="State">What the verifier learned.</param>
/// <param name="Revision">Grows with every operator change (add, reactivate, stop, delete). The owner's writes carry the revision that
/// they are based on, and lose against a newer one.</param>
/// <param name="Owner">Id of the verifier that holds the newest epoch of the agent's shard; null when there was none yet.</param>
/// <param name="IsFresh">Whether the last good attestation's deadline is ahead, on the database's clock. Progress that the owner has not flushed is not in it.</param>
public sealed record StoredAgent(AgentEnrollment Enrollment, AgentState State, long Revision, string? Owner, bool IsFresh)
{
    /// <summary>The runtime policy, as it was when the agent was read. It is set when its generator number is above 1.</summary>
    public required PolicyReference RuntimePolicy { get; init; }
    /// <summary>The measured-boot policy, as it was when the agent was read. It is set when its row has a text.</summary>
    public required PolicyReference MeasuredBootPolicy { get; init; }
}

/// <summary>Which text a policy's row held, told without reading it: whoever has compiled that text need not read it again.</summary>
/// <param name="ContentHash">See <see cref="StoredPolicy.ContentHash"/>.</param>
/// <param name="IsSet">Whether it counts as a policy in the agent's status.</param>
/// <param name="JudgesNothing">See <see cref="NamedPolicy.JudgesNothing"/>.</param>
public sealed record PolicyReference(string ContentHash, bool IsSet, bool JudgesNothing = false);
