using Aspire.Hosting.Testing;
using Keylime.Protocol;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>Stores that take connections and requests and answer none, for everybody.</summary>
[Collection(ClusterCollection.Name)]
public sealed class FreezeTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Attestation_goes_on_while_Redis_is_frozen()
    {
        await cluster.WaitForAttestationsAsync(1);
        await using var watch = new StateWatch(cluster);
        await cluster.FreezeAsync("redis", () => cluster.WaitForAttestationsAsync(3));
        await cluster.WaitForAttestationsAsync(2);
        watch.AssertNothingWorseThanStale();
    }

    [Fact]
    public async Task Attestation_goes_on_while_PostgreSQL_is_frozen_and_nothing_is_shown_that_is_not_written()
    {
        await cluster.WaitForAttestationsAsync(1);
        var before = await cluster.WaitForAgentAsync("agent-0", _ => true);
        await using var watch = new StateWatch(cluster);
        await cluster.FreezeAsync("postgres", async () =>
        {
            await cluster.Log("agent-0").WaitForAsync([.. Enumerable.Repeat(ResourceLog.HasGivenQuote, 4)]);
            foreach (var (resource, endpoint) in ((string, string)[])[("gateway", "verifier"), ("verifier-0", "mtls"), ("verifier-1", "mtls")])
            {
                var answer = await cluster.Ask(cluster.App.GetEndpoint(resource, endpoint)).FindAgentAsync(AgentId.Parse("agent-0"), ClusterFixture.Patience);
                Assert.False(answer.IsGood, $"{resource} told of a state that it cannot know");
            }
        });
        await cluster.WaitForAgentAsync("agent-0", agent => agent.TrustState == TrustState.Attested && agent.AttestationCount >= before.AttestationCount + 4);
        await cluster.WaitForAttestationsAsync(1);
        watch.AssertNothingWorseThanStale();
    }
}
