using Keylime.Protocol;

namespace Keylime.Client.Tests;

public sealed class FallbackTests : IDisposable
{
    private const string Empty = """{"code":200,"status":"Success","results":{}}""";

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private int _requests;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Goes_on_to_the_next_address_when_nobody_listens()
    {
        await using var server = await StandIn.StartAsync(Count(Empty), useTls: false);
        var verifier = Verifier(new("http://127.0.0.1:1"), server.Address);
        Assert.True((await verifier.AddAgentAsync(AgentId.Parse("a"), new(), default)).IsGood);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Repeats_what_does_no_harm_when_a_server_cannot_work(int status)
    {
        await using var broken = await StandIn.StartAsync(Count("{}", status), useTls: false);
        await using var good = await StandIn.StartAsync(Count(Empty), useTls: false);
        Assert.True((await Verifier(broken.Address, good.Address).DeleteAgentAsync(AgentId.Parse("a"), default)).IsGood);
        Assert.InRange(_requests, 1, 2);
    }

    [Fact]
    public async Task Sends_no_second_request_for_what_may_have_been_done()
    {
        await using var one = await StandIn.StartAsync(Count("{}", 503), useTls: false);
        await using var other = await StandIn.StartAsync(Count("{}", 503), useTls: false);
        Assert.Equal(503, (await Verifier(one.Address, other.Address).AddAgentAsync(AgentId.Parse("a"), new(), default)).Status);
        Assert.Equal(1, _requests);
    }

    [Fact]
    public async Task Takes_a_refusal_for_an_answer()
    {
        await using var one = await StandIn.StartAsync(Count("""{"code":404,"status":"agent id not found","results":{}}""", 404), useTls: false);
        await using var other = await StandIn.StartAsync(Count("""{"code":404,"status":"agent id not found","results":{}}""", 404), useTls: false);
        var answer = await Verifier(one.Address, other.Address).FindAgentAsync(AgentId.Parse("a"), default);
        Assert.Equal((404, "agent id not found", 1), (answer.Status, answer.Message, _requests));
    }

    [Fact]
    public async Task Says_what_is_wrong_when_no_address_answers()
    {
        var answer = await Verifier(new("http://127.0.0.1:1"), new("http://127.0.0.1:2")).FindAgentAsync(AgentId.Parse("a"), default);
        Assert.Equal(Fault.Transport, answer.Fault);
        Assert.Contains("127.0.0.1:", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "/v2.6/agents/")]
    [InlineData("default", "/v2.6/agents/?verifier=default")]
    [InlineData("a&b", "/v2.6/agents/?verifier=a%26b")]
    public async Task Spells_lists_as_keylime_does(string? verifierId, string path)
    {
        string? asked = null;
        await using var server = await StandIn.StartAsync(context =>
        {
            asked = context.Request.Path + context.Request.QueryString.Value;
            return StandIn.Says("""{"code":200,"status":"Success","results":{"uuids":[["a"],["b"]]}}""")(context);
        }, useTls: false);
        var answer = await Verifier(server.Address).ListAgentsAsync(verifierId, default);
        Assert.Equal(path, asked);
        Assert.Equal([["a"], ["b"]], answer.Value!.Uuids);
    }

    private VerifierClient Verifier(params Uri[] addresses) => new(_http, new AddressList(addresses, "seed", TimeProvider.System), TimeSpan.FromMinutes(2));

    private Microsoft.AspNetCore.Http.RequestDelegate Count(string json, int status = 200) => context =>
    {
        Interlocked.Increment(ref _requests);
        return StandIn.Says(json, status)(context);
    };
}
