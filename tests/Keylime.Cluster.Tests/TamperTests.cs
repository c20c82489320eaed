using Keylime.Protocol;

namespace Keylime.Cluster.Tests;

/// <summary>A machine that is no longer what it should be.</summary>
[Collection(ClusterCollection.Name)]
public sealed class TamperTests(ClusterFixture cluster)
{
    [Fact]
    public async Task A_file_changed_on_a_measured_path_fails_its_agent_until_the_machine_boots_again()
    {
        await cluster.WaitForAgentAsync("agent-1", agent => agent.TrustState == TrustState.Attested);
        await cluster.Machine("agent-1").TamperAsync();

        var failed = await cluster.WaitForAgentAsync("agent-1", agent => agent.TrustState == TrustState.Failed);
        Assert.Equal(((int)OperationalState.InvalidQuote, "FAIL"), (failed.OperationalState, failed.AttestationStatus));
        Assert.Equal("ima.validation.ima-ng.runtime_policy_hash", failed.LastEventId);
        Assert.Contains("/etc/inventory.conf", failed.Reason, StringComparison.Ordinal);
        // It passes no more, while others do.
        var other = await cluster.WaitForAgentAsync("agent-0", agent => agent.TrustState == TrustState.Attested);
        await cluster.WaitForAgentAsync("agent-0", agent => agent.AttestationCount > other.AttestationCount + 2);
        var later = await cluster.WaitForAgentAsync("agent-1", _ => true);
        Assert.Equal((TrustState.Failed, failed.AttestationCount), (later.TrustState, later.AttestationCount));

        await cluster.RestoreAsync("agent-1");
    }
}
