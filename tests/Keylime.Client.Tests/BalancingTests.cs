using Keylime.Protocol;
using Keylime.Testing;
using Microsoft.AspNetCore.Http;

namespace Keylime.Client.Tests;

/// <summary>A client before real servers that come and go.</summary>
public sealed class BalancingTests : IAsyncLifetime
{
    private readonly CountingHandler _requests = new();
    private readonly HttpMessageInvoker _http;
    private readonly int[] _ports = TcpPorts.Free(3);
    private readonly StandIn?[] _servers = new StandIn?[3];
    private readonly ManualTime _time = new();
    private readonly Lock _gate = new();
    private readonly List<int> _asked = [];

    public BalancingTests() => _http = new(_requests);

    public async Task InitializeAsync()
    {
        for (var i = 0; i < _servers.Length; i++) await StartAsync(i);
    }

    public async Task DisposeAsync()
    {
        for (var i = 0; i < _servers.Length; i++) await StopAsync(i);
        _http.Dispose();
    }

    [Fact]
    public async Task Every_agent_has_a_server_of_its_own_choice_whoever_asks()
    {
        var (one, other) = (Verifier(zone: null, "one tenant"), Verifier(zone: null, "another"));
        var choices = new List<int>();
        foreach (var agent in Enumerable.Range(0, 60).Select(i => $"agent-{i}"))
        {
            var choice = await AskAsync(one, agent);
            Assert.Equal(choice, await AskAsync(other, agent));
            choices.Add(choice);
        }
        Assert.All([0, 1, 2], server => Assert.InRange(choices.Count(choice => choice == server), 5, 50));
    }

    [Fact]
    public async Task A_server_that_is_away_is_asked_for_its_health_only_and_preferred_again_when_it_answers()
    {
        var verifier = Verifier();
        var preferred = await AskAsync(verifier, "a");
        await StopAsync(preferred);
        var second = await AskAsync(verifier, "a");
        Assert.NotEqual(preferred, second);

        // Its check is due, and it does not answer: the request goes to the other all the same.
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(second, await AskAsync(verifier, "a"));
        // The check beside it must have failed before there is somebody to answer it.
        while (_requests.UnderWay > 0) await Task.Delay(10);
        await StartAsync(preferred);
        Assert.Equal(second, await AskAsync(verifier, "a"));
        _time.Advance(TimeSpan.FromSeconds(10));
        await UntilAskedAsync(verifier, "a", preferred);
    }

    [Fact]
    public async Task What_one_agents_requests_find_out_serves_the_others()
    {
        var verifier = Verifier();
        var agents = Enumerable.Range(0, 30).Select(i => $"agent-{i}").ToList();
        var away = await AskAsync(verifier, agents[0]);
        await StopAsync(away);
        foreach (var agent in agents) Assert.NotEqual(away, await AskAsync(verifier, agent));
    }

    [Fact]
    public async Task The_own_zone_comes_first_the_others_when_it_is_away()
    {
        var verifier = Verifier("zone-1");
        foreach (var agent in Enumerable.Range(0, 20).Select(i => $"agent-{i}")) Assert.Equal(1, await AskAsync(verifier, agent));
        await StopAsync(1);
        var elsewhere = new HashSet<int>();
        foreach (var agent in Enumerable.Range(0, 20).Select(i => $"agent-{i}")) elsewhere.Add(await AskAsync(verifier, agent));
        Assert.Equal([0, 2], elsewhere.Order());
        await StartAsync(1);
        _time.Advance(TimeSpan.FromSeconds(5));
        await UntilAskedAsync(verifier, "agent-0", 1);
    }

    [Fact]
    public async Task When_all_were_away_a_request_finds_the_one_that_is_back()
    {
        var verifier = Verifier();
        for (var i = 0; i < _servers.Length; i++) await StopAsync(i);
        Assert.Equal(Fault.Transport, (await verifier.FindAgentAsync(AgentId.Parse("a"), default)).Fault);
        await StartAsync(2);
        // No check is due yet: the last resort comes before an error.
        Assert.Equal(2, await AskAsync(verifier, "a"));
    }

    private VerifierClient Verifier(string? zone = null, string seed = "tenant") => new(
        _http, new AddressList(_ports.Select((port, i) => new ServerAddress(new($"http://127.0.0.1:{port}"), $"zone-{i}")), zone, seed, _time), TimeSpan.FromMinutes(2));

    /// <summary>Number of the server that answers.</summary>
    private async Task<int> AskAsync(VerifierClient verifier, string agent)
    {
        lock (_gate) _asked.Clear();
        Assert.Equal(404, (await verifier.FindAgentAsync(AgentId.Parse(agent), default)).Status);
        lock (_gate) return Assert.Single(_asked);
    }

    private async Task UntilAskedAsync(VerifierClient verifier, string agent, int server)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (await AskAsync(verifier, agent) != server) await Task.Delay(20, patience.Token);
    }

    private async Task StartAsync(int i) => _servers[i] = await StandIn.StartAsync(context => AnswerAsync(i, context), useTls: false, _ports[i]);

    private async Task StopAsync(int i)
    {
        if (_servers[i] is { } server) await server.DisposeAsync();
        _servers[i] = null;
    }

    private Task AnswerAsync(int server, HttpContext context)
    {
        if (context.Request.Path == "/version") return StandIn.Says("""{"code":200,"status":"Success","results":{}}""")(context);
        lock (_gate) _asked.Add(server);
        return StandIn.Says("""{"code":404,"status":"agent id not found","results":{}}""", 404)(context);
    }

    private sealed class CountingHandler() : DelegatingHandler(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
    {
        private int _underWay;

        public int UnderWay => Volatile.Read(ref _underWay);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _underWay);
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        }
    }
}
