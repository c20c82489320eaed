using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Keylime.Protocol;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>Services that end and come back, killed or in order.</summary>
[Collection(ClusterCollection.Name)]
public sealed class RestartTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Agents_register_while_registrars_are_killed()
    {
        await cluster.WaitForAttestationsAsync(1);
        foreach (var registrar in (string[])["registrar-0", "registrar-1"])
        {
            var restarts = ClusterFixture.Agents.Select(agent => cluster.CommandAsync(agent, KnownResourceCommands.RestartCommand)).ToList();
            await cluster.KillAsync(registrar);
            await Task.WhenAll(restarts);
            // An agent serves when it has registered.
            foreach (var agent in ClusterFixture.Agents) await cluster.WaitForHealthAsync(agent);
            await cluster.StartAsync(registrar);
        }
        await cluster.WaitForAttestationsAsync(2);
    }

    [Fact]
    public async Task Attestation_goes_on_while_the_gateway_is_gone_and_a_tenant_goes_to_its_next_address()
    {
        await cluster.WaitForAttestationsAsync(1);
        await cluster.KillAsync("gateway");
        await ClusterFixture.WaitForAttestationsAsync(cluster.Ask(cluster.App.GetEndpoint("verifier-0", "mtls")), 2);
        // Zones, so that it is the gateway that is asked first.
        var shown = await Tenant.RunAsync(cluster, new Dictionary<string, string>
        {
            ["ZONE"] = "near",
            ["VERIFIER_IP"] = $"{cluster.App.GetEndpoint("gateway", "verifier").Authority}@near, {cluster.App.GetEndpoint("verifier-0", "mtls").Authority}@far",
        }, "agent", "status", "agent-0", "-o", "json");
        Assert.Contains("\"judged\"", shown, StringComparison.Ordinal);
        await cluster.StartAsync("gateway");
        await cluster.WaitForAttestationsAsync(1);
    }

    [Fact]
    public async Task Attestation_goes_on_through_a_rolling_restart_of_all_services()
    {
        await cluster.WaitForAttestationsAsync(1);
        await using (var watch = new StateWatch(cluster))
        {
            foreach (var service in (string[])["registrar-0", "registrar-1", "verifier-0", "verifier-1", "gateway"])
            {
                await cluster.CommandAsync(service, KnownResourceCommands.RestartCommand);
                await cluster.WaitForHealthAsync(service);
                await cluster.WaitForAttestationsAsync(1);
            }
            watch.AssertNothingWorseThanStale();
        }
    }

    [Fact]
    public async Task An_agent_that_is_killed_is_shown_stale_until_it_is_back()
    {
        await cluster.WaitForAttestationsAsync(1);
        await cluster.KillAsync("agent-0");
        await cluster.WaitForAgentAsync("agent-0", agent => agent.TrustState == TrustState.Stale);
        await cluster.StartAsync("agent-0");
        await cluster.WaitForAgentAsync("agent-0", agent => agent.TrustState == TrustState.Attested);
    }
}
