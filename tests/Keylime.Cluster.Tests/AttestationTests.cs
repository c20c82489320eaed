using Keylime.Protocol;

namespace Keylime.Cluster.Tests;

/// <summary>The cluster does what it is for.</summary>
[Collection(ClusterCollection.Name)]
public sealed class AttestationTests(ClusterFixture cluster)
{
    [Theory]
    [InlineData("agent-0")]
    [InlineData("agent-1")]
    [InlineData("agent-2")]
    public async Task An_enrolled_agent_is_attested_again_and_again(string id)
    {
        var first = await cluster.WaitForAgentAsync(id, agent => agent.TrustState == TrustState.Attested);
        var later = await cluster.WaitForAgentAsync(id, agent => agent.AttestationCount > first.AttestationCount);
        Assert.Equal(TrustState.Attested, later.TrustState);
        Assert.StartsWith("verifier-", later.Owner, StringComparison.Ordinal);
    }
}
