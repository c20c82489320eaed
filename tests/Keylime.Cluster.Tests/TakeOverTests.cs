using Keylime.Protocol;

namespace Keylime.Cluster.Tests;

/// <summary>No verifier is needed by name.</summary>
[Collection(ClusterCollection.Name)]
public sealed class TakeOverTests(ClusterFixture cluster)
{
    [Fact]
    public async Task The_agents_of_a_killed_verifier_go_on_being_attested_by_the_other()
    {
        var before = await cluster.WaitForAgentAsync("agent-2", agent => agent is { TrustState: TrustState.Attested, Owner: not null });
        var victim = before.Owner!;
        await cluster.KillAsync(victim);

        var after = await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner != victim && agent.AttestationCount > before.AttestationCount + 1);
        Assert.Equal(TrustState.Attested, after.TrustState);

        await cluster.StartAsync(victim);
        var returned = await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner == victim && agent.AttestationCount > after.AttestationCount);
        Assert.Equal(TrustState.Attested, returned.TrustState);
    }
}
