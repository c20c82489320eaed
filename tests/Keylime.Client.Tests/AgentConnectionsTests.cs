using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Keylime.Protocol;

namespace Keylime.Client.Tests;

public sealed class AgentConnectionsTests : IDisposable
{
    private const string Version = """{"code":200,"status":"Success","results":{"supported_version":"2.6","supported_versions":["2.1","2.6"]}}""";
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly AgentConnections _connections = new(SslStreamCertificateContext.Create(StandIn.SelfSigned(), null, offline: true), TimeSpan.FromMinutes(1));

    public void Dispose() => _connections.Dispose();

    [Fact]
    public async Task Speaks_to_the_holder_of_the_pinned_certificate()
    {
        await using var agent = await StandIn.StartAsync(StandIn.Says(Version));
        var answer = await Agent(agent, CertificatePin.Of(agent.Certificate)).GetVersionAsync(default);
        Assert.Equal(["2.1", "2.6"], answer.Value!.SupportedVersions!);
    }

    [Fact]
    public async Task Refuses_every_other_certificate_at_the_same_address_even_beside_a_good_connection()
    {
        await using var agent = await StandIn.StartAsync(StandIn.Says(Version));
        using var other = StandIn.SelfSigned();
        Assert.True((await Agent(agent, CertificatePin.Of(agent.Certificate)).GetVersionAsync(default)).IsGood);
        var refused = await Agent(agent, CertificatePin.Of(other)).GetVersionAsync(default);
        Assert.Equal((Fault.Transport, null), (refused.Fault, refused.Status));
        Assert.True((await Agent(agent, CertificatePin.Of(agent.Certificate)).GetVersionAsync(default)).IsGood);
    }

    [Fact]
    public async Task Fetches_nothing_from_addresses_in_a_peers_certificate()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var agent = await StandIn.StartAsync(StandIn.Says(Version), holds: StandIn.IssuedAt($"http://{listener.LocalEndpoint}/authority.cer"));
        Assert.True((await Agent(agent, CertificatePin.Of(agent.Certificate)).GetVersionAsync(default)).IsGood);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_peer_that_resets_every_connection_at_once_is_one_that_does_not_answer()
    {
        using var ends = new CancellationTokenSource();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 100);
        var resetting = ResetAllAsync(listener, ends.Token);
        var agent = _connections.Agent("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, CertificatePin.Of(StandIn.SelfSigned()), Timeout);

        // Whether the reset comes before the handler looks at the connection, or amid the handshake, is chance.
        for (var i = 0; i < 1000; i++) Assert.Equal(Fault.Transport, (await agent.GetVersionAsync(default)).Fault);

        ends.Cancel();
        await resetting;
    }

    private static async Task ResetAllAsync(TcpListener listener, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
            try
            {
                using var socket = await listener.AcceptSocketAsync(ct);
                socket.LingerState = new(true, 0);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Over, or the peer was quicker.
            }
    }

    [Fact]
    public async Task Keeps_one_connection_to_an_agent()
    {
        await using var agent = await StandIn.StartAsync(StandIn.Says(Version));
        for (var i = 0; i < 5; i++) Assert.True((await Agent(agent, CertificatePin.Of(agent.Certificate)).GetVersionAsync(default)).IsGood);
        Assert.Single(agent.Connections);
    }

    [Fact]
    public async Task Shows_its_own_certificate()
    {
        string? seen = null;
        await using var agent = await StandIn.StartAsync(context =>
        {
            seen = context.Connection.ClientCertificate?.Subject;
            return StandIn.Says(Version)(context);
        });
        await Agent(agent, CertificatePin.Of(agent.Certificate)).GetVersionAsync(default);
        Assert.Equal("CN=agent", seen);
    }

    [Fact]
    public async Task Speaks_plain_http_without_a_pin()
    {
        await using var agent = await StandIn.StartAsync(StandIn.Says(Version), useTls: false);
        Assert.True((await Agent(agent, null).GetVersionAsync(default)).IsGood);
    }

    [Fact]
    public async Task Holds_few_large_answers_at_a_time_and_any_number_of_small_ones()
    {
        static Microsoft.AspNetCore.Http.RequestDelegate Quote(int length) =>
            StandIn.Says($$$"""{"code":200,"status":"Success","results":{"quote":"{{{new string('r', length)}}}","hash_alg":"sha256","enc_alg":"rsa","sign_alg":"rsassa"}}""");
        await using var large = await StandIn.StartAsync(Quote(AnswerLimits.Small * 2), useTls: false);
        await using var small = await StandIn.StartAsync(Quote(100), useTls: false);
        var places = Enumerable.Range(0, AnswerLimits.LargeAtOnce + 2).Select(_ => _connections.ReserveAnswer()).ToList();
        Task<Answer<Keylime.Protocol.V2.QuoteResponse>> AskAsync(StandIn agent, int place) =>
            Agent(agent, null).GetIntegrityQuoteAsync(new ApiVersion(2, 1), new("abc", "0x400", IsPartial: true, ImaEntry: 0), places[place], default);
        for (var i = 0; i < AnswerLimits.LargeAtOnce; i++) Assert.True((await AskAsync(large, i)).IsGood);

        var waiting = AskAsync(large, AnswerLimits.LargeAtOnce);
        for (var i = 0; i < 20; i++) Assert.True((await AskAsync(small, AnswerLimits.LargeAtOnce + 1)).IsGood);

        Assert.False(waiting.IsCompleted);
        places[0].Dispose();
        Assert.True((await waiting).IsGood);
        foreach (var place in places) place.Dispose();
    }

    [Fact]
    public async Task Asks_for_quotes_as_keylime_spells_it()
    {
        string? asked = null;
        await using var agent = await StandIn.StartAsync(context =>
        {
            asked = context.Request.Path + context.Request.QueryString.Value;
            return StandIn.Says("""{"code":200,"status":"Success","results":{"quote":"rX","hash_alg":"sha256","enc_alg":"rsa","sign_alg":"rsassa"}}""")(context);
        }, useTls: false);
        var answer = await Agent(agent, null).GetIntegrityQuoteAsync(new ApiVersion(2, 1), new("abc", "0x400", IsPartial: true, ImaEntry: 7), default);
        Assert.Equal(("rX", "/v2.1/quotes/integrity?nonce=abc&mask=0x400&partial=1&ima_ml_entry=7"), (answer.Value!.Quote, asked));
    }

    // The Rust agent's unit type comes as null; older ones leave the member out.
    [Theory]
    [InlineData("""{"code":200,"status":"Success","results":null}""")]
    [InlineData("""{"code":200,"status":"Success","results":{}}""")]
    [InlineData("""{"code":200,"status":"Success"}""")]
    [InlineData("")]
    public async Task Takes_every_form_of_an_empty_success(string json)
    {
        await using var agent = await StandIn.StartAsync(StandIn.Says(json), useTls: false);
        Assert.True((await Agent(agent, null).SendVKeyAsync(ApiVersion.Current, new("x"), default)).IsGood);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"code":200,"status":"Success","results":null}""")]
    [InlineData("""{"code":200,"status":"Success","results":{"quote":5}}""")]
    [InlineData("""{"code":"x","status":"Success","results":{}}""")]
    public async Task Judges_a_malformed_answer_as_one(string json)
    {
        await using var agent = await StandIn.StartAsync(StandIn.Says(json), useTls: false);
        var answer = await Agent(agent, null).GetIdentityQuoteAsync(ApiVersion.Current, "n", default);
        Assert.Equal((Fault.Malformed, 200), (answer.Fault, answer.Status));
    }

    [Theory]
    [InlineData("""{"code":400,"status":"API version not supported: v2.9","results":{}}""", "API version not supported: v2.9")]
    [InlineData("""{"errors":[{"status":"403","title":"Forbidden","detail":"no"}]}""", "no")]
    [InlineData("""{"code":400,"status":"a\nb\u001b[0m"}""", "a b [0m")]
    [InlineData("not json", "Bad Request")]
    [InlineData("[]", "Bad Request")]
    [InlineData("""{"errors":[]}""", "Bad Request")]
    [InlineData("""{"errors":["x"]}""", "Bad Request")]
    public async Task Says_what_a_server_said_to_refuse(string json, string message)
    {
        await using var agent = await StandIn.StartAsync(StandIn.Says(json, 400), useTls: false);
        var answer = await Agent(agent, null).GetVersionAsync(default);
        Assert.Equal((Fault.Refused, 400, message), (answer.Fault, answer.Status, answer.Message));
    }

    [Fact]
    public async Task Reads_no_endless_answer()
    {
        await using var agent = await StandIn.StartAsync(async context =>
        {
            var block = new byte[1 << 20];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(block, context.RequestAborted);
        }, useTls: false);
        var version = await Agent(agent, null).GetVersionAsync(default);
        Assert.Equal((Fault.Malformed, "answer is larger than 1048576 bytes"), (version.Fault, version.Message));
        using var place = _connections.ReserveAnswer();
        var quote = await Agent(agent, null).GetIntegrityQuoteAsync(ApiVersion.Current, new("abc", "0x400", IsPartial: true, ImaEntry: 0), place, default);
        Assert.Equal((Fault.Malformed, "answer is larger than 67108864 bytes"), (quote.Fault, quote.Message));
    }

    [Fact]
    public async Task Gives_up_on_an_agent_that_does_not_answer()
    {
        await using var agent = await StandIn.StartAsync(context => Task.Delay(System.Threading.Timeout.Infinite, context.RequestAborted), useTls: false);
        var answer = await _connections.Agent("127.0.0.1", agent.Address.Port, null, TimeSpan.FromMilliseconds(50)).GetVersionAsync(default);
        Assert.Equal((Fault.Transport, $"127.0.0.1:{agent.Address.Port}: no answer within 0.1 s"), (answer.Fault, answer.Message));
    }

    [Fact]
    public async Task Throws_when_the_caller_cancels()
    {
        using var cancelled = new CancellationTokenSource();
        await using var agent = await StandIn.StartAsync(context =>
        {
            cancelled.Cancel();
            return Task.Delay(System.Threading.Timeout.Infinite, context.RequestAborted);
        }, useTls: false);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Agent(agent, null).GetVersionAsync(cancelled.Token));
    }

    private AgentClient Agent(StandIn agent, CertificatePin? pin) => _connections.Agent("127.0.0.1", agent.Address.Port, pin, Timeout);
}
