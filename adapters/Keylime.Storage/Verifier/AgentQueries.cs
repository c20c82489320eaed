using Keylime.Attestation.Agents;
using Keylime.Sharding;

namespace Keylime.Storage.Verifier;

/// <summary>An agent as others see it: both rows, the owner, its policies' hashes, and freshness on the database's clock.</summary>
internal sealed class AgentView
{
    public required AgentRow Agent { get; init; }
    public required AgentStateRow State { get; init; }
    public required string? Owner { get; init; }
    public required bool IsFresh { get; init; }
    public required string? RuntimePolicyHash { get; init; }
    public required bool HasRuntimePolicy { get; init; }
    public required bool RuntimePolicyJudgesNothing { get; init; }
    public required string? MeasuredBootPolicyHash { get; init; }
    public required bool HasMeasuredBootPolicy { get; init; }
    public required bool MeasuredBootPolicyJudgesNothing { get; init; }

    // The row holds the process as well, which is nobody's business but its own.
    private string? OwnerInstance => LeaseOwner.TryParse(Owner, out var owner) ? owner.Instance : Owner;

    public StoredAgent ToStoredAgent() => Agent.AgentId == default ? throw new FormatException("The row has no agent id") : new(Agent.ToEnrollment(), State.ToState(), State.Revision, OwnerInstance, IsFresh)
    {
        // No policy is deleted under its agents. Should a row be lost all the same, the agent must still be seen, and can no longer pass: no text has the empty hash.
        RuntimePolicy = new(RuntimePolicyHash ?? "", HasRuntimePolicy, RuntimePolicyJudgesNothing),
        MeasuredBootPolicy = new(MeasuredBootPolicyHash ?? "", HasMeasuredBootPolicy, MeasuredBootPolicyJudgesNothing),
    };
}

internal static class AgentQueries
{
    public static IQueryable<AgentView> AgentViews(this VerifierContext db) =>
        from agent in db.Agents
        join state in db.AgentStates on agent.AgentId equals state.AgentId
        join shard in db.Shards on agent.Shard equals shard.Shard into shards
        from shard in shards.DefaultIfEmpty()
        from runtime in db.Policies.Where(policy => policy.Kind == PolicyKind.Runtime && policy.Name == agent.RuntimePolicyName).DefaultIfEmpty()
        from boot in db.Policies.Where(policy => policy.Kind == PolicyKind.MeasuredBoot && policy.Name == agent.MeasuredBootPolicyName).DefaultIfEmpty()
        select new AgentView
        {
            Agent = agent,
            State = state,
            Owner = shard == null ? null : shard.Owner,
            IsFresh = state.FreshUntil != null && state.FreshUntil > VerifierContext.DatabaseNow(),
            RuntimePolicyHash = runtime == null ? null : runtime.ContentHash,
            HasRuntimePolicy = runtime != null && runtime.Generator > 1,
            RuntimePolicyJudgesNothing = runtime != null && runtime.JudgesNothing,
            MeasuredBootPolicyHash = boot == null ? null : boot.ContentHash,
            HasMeasuredBootPolicy = boot != null && boot.Text != null,
            MeasuredBootPolicyJudgesNothing = boot != null && boot.JudgesNothing,
        };
}
