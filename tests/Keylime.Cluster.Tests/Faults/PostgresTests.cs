using Keylime.Protocol;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>PostgreSQL holds the truth. While it is gone the verifiers go on in memory, and nobody is told anything that is not written.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PostgresTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Attestation_goes_on_while_PostgreSQL_is_gone_and_what_was_found_meanwhile_is_not_lost()
    {
        await cluster.WaitForAttestationsAsync(1);
        var before = await cluster.WaitForAgentAsync("agent-0", _ => true);
        var watch = new StateWatch(cluster);
        await using (watch)
        {
            await cluster.KillAsync("postgres");
            var goodMachine = cluster.Log("agent-0");
            await cluster.Machine("agent-1").TamperAsync();
            // Only what the verifier keeps in memory can tell of the failure: the machine that gave the evidence is gone before anything can be written.
            await cluster.Log("agent-1").WaitForAsync(ResourceLog.IsAskedForQuote, ResourceLog.HasGivenQuote);
            await cluster.KillAsync("agent-1");
            await goodMachine.WaitForAsync([.. Enumerable.Repeat(ResourceLog.HasGivenQuote, 5)]);
            var answer = await cluster.PatientVerifier.FindAgentAsync(AgentId.Parse("agent-0"), ClusterFixture.Patience);
            Assert.Equal((false, 503), (answer.IsGood, answer.Status));

            await cluster.StartAsync("postgres");
            var failed = await cluster.WaitForAgentAsync("agent-1", agent => agent.TrustState == TrustState.Failed);
            Assert.Equal("ima.validation.ima-ng.runtime_policy_hash", failed.LastEventId);
            Assert.Contains("/etc/inventory.conf", failed.Reason, StringComparison.Ordinal);
            await cluster.WaitForAgentAsync("agent-0", agent => agent.TrustState == TrustState.Attested && agent.AttestationCount >= before.AttestationCount + 5);
            await cluster.WaitForAgentAsync("agent-2", agent => agent.TrustState == TrustState.Attested);
        }
        watch.AssertNothingUnwritten();
        // Stale is the truth of an outage that is longer than the deadline; failed is not.
        Assert.DoesNotContain($"agent-0: {TrustState.Failed}", watch.Seen);
        Assert.DoesNotContain($"agent-2: {TrustState.Failed}", watch.Seen);
        await cluster.RestoreAsync("agent-1");
    }
}
