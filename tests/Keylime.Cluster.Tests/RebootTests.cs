using Keylime.Protocol;

namespace Keylime.Cluster.Tests;

/// <summary>A machine that boots again, as the README's tour has it.</summary>
[Collection(ClusterCollection.Name)]
public sealed class RebootTests(ClusterFixture cluster)
{
    [Fact]
    public async Task A_rebooted_machine_is_attested_again_without_anybodys_help()
    {
        var before = await cluster.WaitForAgentAsync("agent-0", agent => agent.TrustState == TrustState.Attested);
        await cluster.CommandAsync("agent-0", "reboot");
        var after = await cluster.WaitForAgentAsync("agent-0", agent => agent.AttestationCount > before.AttestationCount + 2);
        Assert.Equal((TrustState.Attested, null), (after.TrustState, after.Reason));
    }
}
