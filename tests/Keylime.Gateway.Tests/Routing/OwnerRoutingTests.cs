namespace Keylime.Gateway.Tests.Routing;

public sealed class OwnerRoutingTests : IAsyncLifetime
{
    private static readonly string[] All = ["verifier-0", "verifier-1", "verifier-2"];

    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Asks_the_owner_that_the_verifiers_compute_whatever_the_version_and_the_sub_path()
    {
        foreach (var agent in Enumerable.Range(0, 30).Select(i => $"agent-{i}"))
        {
            var owner = TestCluster.OwnerOf(agent, All);
            Assert.Equal(owner, await _cluster.InstanceAsync(_cluster.Verifier($"/v2.6/agents/{agent}")));
            Assert.Equal(owner, await _cluster.InstanceAsync(_cluster.Verifier($"/v2/agents/{agent}/?x=1"), HttpMethod.Post));
            Assert.Equal(owner, await _cluster.InstanceAsync(_cluster.Verifier($"/v2.1/agents/{agent}/stop"), HttpMethod.Put));
            Assert.Equal(owner, await _cluster.InstanceAsync(_cluster.Verifier($"/v3.0/agents/{agent}/attestations/latest"), HttpMethod.Patch));
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/version")]
    [InlineData("/versions")]
    [InlineData("/v2.6/agents")]
    [InlineData("/v2.6/agents/")]
    [InlineData("/v2.6/allowlists/policy")]
    [InlineData("/v2.6/mbpolicies")]
    [InlineData("/v2.6/verify/identity")]
    [InlineData("/v3.0/sessions")]
    public async Task Spreads_what_is_about_no_agent_over_all_verifiers(string path)
    {
        var seen = new HashSet<string>();
        await TestCluster.UntilAsync(async () =>
        {
            seen.Add(await _cluster.InstanceAsync(_cluster.Verifier(path)));
            return seen.Count == 3;
        });
        Assert.Equal(All, seen.Order());
    }

    [Fact]
    public async Task Asks_one_registrar_for_one_agent_on_the_endpoint_of_the_listener()
    {
        foreach (var agent in Enumerable.Range(0, 20).Select(i => $"agent-{i}"))
        {
            await _cluster.InstanceAsync(_cluster.RegistrarTls($"/v2.6/agents/{agent}"));
            await _cluster.InstanceAsync(_cluster.RegistrarTls($"/v2.6/agents/{agent}"), HttpMethod.Delete);
            await _cluster.InstanceAsync(_cluster.Registrar($"/v2.6/agents/{agent}"), HttpMethod.Put);
        }
        Assert.All(_cluster.Registrars, registrar => Assert.All(registrar.Received.CountBy(request => request.Target), agent => Assert.Equal(2, agent.Value)));
        Assert.Equal(40, _cluster.Registrars.Sum(registrar => registrar.Received.Count));
        Assert.Equal(20, _cluster.PlainRegistrars.Sum(registrar => registrar.Received.Count));
        Assert.All(_cluster.Registrars.Concat(_cluster.PlainRegistrars), registrar => Assert.NotEmpty(registrar.Received));
        Assert.All(_cluster.Verifiers, verifier => Assert.Empty(verifier.Received));
    }

    [Fact]
    public async Task Loses_no_request_when_a_verifier_dies_moves_only_its_share_and_gives_it_back()
    {
        var agents = Enumerable.Range(0, 60).Select(i => $"agent-{i}").ToList();
        await _cluster.Verifiers[1].StopAsync();
        // Before the gateway has noticed: refused connections go to the next candidate, whatever the method.
        Assert.NotEqual("verifier-1", await _cluster.InstanceAsync(_cluster.Verifier($"/v2.6/agents/{TestCluster.AgentOf("verifier-1")}"), HttpMethod.Post));
        foreach (var agent in agents)
            Assert.Equal(TestCluster.OwnerOf(agent, "verifier-0", "verifier-2"), await _cluster.InstanceAsync(_cluster.Verifier($"/v2.6/agents/{agent}")));
        var stayed = agents.Where(agent => TestCluster.OwnerOf(agent, All) != "verifier-1")
            .Count(agent => TestCluster.OwnerOf(agent, All) == TestCluster.OwnerOf(agent, "verifier-0", "verifier-2"));
        Assert.InRange(stayed, 30, 60);

        await _cluster.Verifiers[1].StartAsync();
        var theirs = TestCluster.AgentOf("verifier-1");
        await TestCluster.UntilAsync(async () => await _cluster.InstanceAsync(_cluster.Verifier($"/v2.6/agents/{theirs}")) == "verifier-1");
    }

    [Fact]
    public async Task Falls_back_to_another_registrar_and_returns()
    {
        await _cluster.PlainRegistrars[0].StopAsync();
        for (var i = 0; i < 10; i++)
            Assert.Equal("registrar-1", await _cluster.InstanceAsync(_cluster.Registrar($"/v2.6/agents/agent-{i}"), HttpMethod.Post));
        await _cluster.PlainRegistrars[0].StartAsync();
        await TestCluster.UntilAsync(async () => await _cluster.InstanceAsync(_cluster.Registrar("/version")) == "registrar-0");
    }
}
