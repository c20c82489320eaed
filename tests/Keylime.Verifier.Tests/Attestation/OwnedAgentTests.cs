using Keylime.Attestation.Agents;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Tests.Attestation;

public sealed class OwnedAgentTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_effective_interval_follows_the_times_at_which_the_agent_is_asked()
    {
        var agent = Take(new());
        agent.IsPaced = true;
        agent.Asked(10 * Second);
        Assert.Null(agent.EffectiveInterval);
        agent.Asked(12 * Second);
        Assert.Equal(2 * Second, agent.EffectiveInterval);
        agent.Asked(18 * Second);
        Assert.Equal(3 * Second, agent.EffectiveInterval);
    }

    [Fact]
    public void A_repetition_is_no_interval()
    {
        var agent = Take(new());
        agent.IsPaced = true;
        agent.Asked(10 * Second);
        agent.Asked(12 * Second);
        agent.IsPaced = false;
        agent.Asked(12.1 * Second);
        agent.IsPaced = true;
        agent.Asked(14.1 * Second);
        Assert.Equal(2 * Second, agent.EffectiveInterval);
    }

    [Fact]
    public void A_new_owner_goes_on_from_the_old_ones() =>
        Assert.Equal(3 * Second, Take(new() { EffectiveInterval = 3 * Second }).EffectiveInterval);

    private static OwnedAgent Take(AgentState state)
    {
        var stored = StoredAgents.In(state, isFresh: true);
        return new(stored, new AgentTransitions(new()).Resume(stored));
    }
}
