using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Keylime.Protocol;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>All services of a kind are gone at once.</summary>
[Collection(ClusterCollection.Name)]
public sealed class LossOfAllTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Without_verifiers_nobody_is_told_anything_and_attestation_goes_on_when_they_are_back()
    {
        await cluster.WaitForAttestationsAsync(1);
        var before = await cluster.WaitForAgentAsync("agent-0", _ => true);
        await Task.WhenAll(cluster.KillAsync("verifier-0"), cluster.KillAsync("verifier-1"));
        var answer = await cluster.PatientVerifier.FindAgentAsync(AgentId.Parse("agent-0"), ClusterFixture.Patience);
        Assert.Equal((false, 503), (answer.IsGood, answer.Status));

        await Task.WhenAll(cluster.StartAsync("verifier-0"), cluster.StartAsync("verifier-1"));
        await cluster.WaitForAttestationsAsync(1);
        await cluster.WaitForAgentAsync("agent-0", agent => agent.AttestationCount > before.AttestationCount);
    }

    [Fact]
    public async Task Without_registrars_attestation_goes_on_and_an_agent_that_starts_waits_for_them()
    {
        await cluster.WaitForAttestationsAsync(1);
        // Begun before they are gone: afterwards the AppHost would hold it back until the gateway is healthy.
        var starting = cluster.CommandAsync("agent-0", KnownResourceCommands.RestartCommand);
        await Task.WhenAll(cluster.KillAsync("registrar-0"), cluster.KillAsync("registrar-1"));
        using (var http = new HttpClient())
        using (var answer = await http.GetAsync(new Uri(cluster.App.GetEndpoint("gateway", "registrar"), "/v2.6/agents/agent-0"), ClusterFixture.Patience))
            Assert.Equal(503, (int)answer.StatusCode);

        foreach (var agent in (string[])["agent-1", "agent-2"])
        {
            var before = await cluster.WaitForAgentAsync(agent, shown => shown.TrustState == TrustState.Attested);
            await cluster.WaitForAgentAsync(agent, shown => shown.TrustState == TrustState.Attested && shown.AttestationCount >= before.AttestationCount + 2);
        }

        await Task.WhenAll(cluster.StartAsync("registrar-0"), cluster.StartAsync("registrar-1"));
        await starting;
        await cluster.WaitForHealthAsync("agent-0");
        await cluster.WaitForAttestationsAsync(1);
    }
}
