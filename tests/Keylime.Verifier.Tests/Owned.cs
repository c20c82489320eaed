using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Tests;

/// <summary>A process that owns shard 0, the only one, and agents in it.</summary>
internal static class Owned
{
    public static ShardOwnership Ownership(MonotonicClock clock)
    {
        var ownership = new ShardOwnership(new LeaseRules(TimeSpan.FromHours(1)), 1, "self");
        ownership.Observe([new(new("self", "self:8881"), 1)], clock.Now);
        var plan = ownership.PlanLeases(clock.Now);
        ownership.Claimed(plan, plan.Claim);
        ownership.Started([.. ownership.PlanShards(clock.Now).Start.Select(shard => new FencingToken(shard, 1))]);
        return ownership;
    }

    public static OwnedAgent Agent(string id, AgentTransitions transitions)
    {
        var stored = StoredAgents.In(new() { OperationalState = OperationalState.GetQuote }, isFresh: true);
        stored = stored with { Enrollment = stored.Enrollment with { Id = AgentId.Parse(id) } };
        return new(stored, transitions.Resume(stored));
    }
}
