using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Gateway.Tests;

/// <summary>Requests as no HTTP library would send them, octet by octet, on the plain and on the TLS listener.</summary>
public sealed class HostileRequestTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private readonly TestCluster _cluster = fixture.Fresh();

    [Theory]
    [InlineData("GET /v2.6/agents/../allowlists HTTP/1.1", 404)]
    [InlineData("GET /v2.6/agents/%2e%2e/allowlists HTTP/1.1", 404)]
    [InlineData("GET /v2.6/agents/. HTTP/1.1", 404)]
    [InlineData("GET /v2.6//agents/a HTTP/1.1", 404)]
    [InlineData("GET //v2.6/agents/a HTTP/1.1", 404)]
    [InlineData("GET /v2.6\\agents\\a HTTP/1.1", 404)]
    [InlineData("GET /health HTTP/1.1", 404)]
    [InlineData("GET /nothing/here HTTP/1.1", 404)]
    [InlineData("GET http://x/v2.6/agents/a HTTP/1.1", 404)]
    [InlineData("OPTIONS * HTTP/1.1", 404)]
    [InlineData("BREW /v2.6/agents/a HTTP/1.1", 501)]
    [InlineData("TRACE /v2.6/agents/a HTTP/1.1", 501)]
    [InlineData("GET /v2.6/agents/%00 HTTP/1.1", 400)]
    [InlineData("GET /v2.6/agents/a b HTTP/1.1", 400)]
    [InlineData("GET v2.6/agents/a HTTP/1.1", 400)]
    [InlineData("GET /v2.6/agents/a HTTP/9.1", 505)]
    [InlineData("GET /v2.6/agents/a", 400)]
    public async Task Answers_a_senseless_request_line_itself_and_with_nothing(string requestLine, int status)
    {
        foreach (var answer in await _cluster.SendRawAsync($"{requestLine}\r\nHost: x\r\n\r\n"))
        {
            Assert.Equal(status, answer.Status);
            Assert.Equal("", answer.Body);
        }
        AssertNothingReceived();
    }

    [Theory]
    [InlineData("/v2.6/agents/a%2Fb")]
    [InlineData("/v2.6/agents/%2e%2e%2f%2e%2e%2fetc")]
    [InlineData("/v2.6/agents/a%252Fb")]
    [InlineData("/v2.6/agents/%C3%A4")]
    [InlineData("/v2.6/agents/%FF%FE")]
    [InlineData("/v2.6/agents/%22%3E%3Cscript%3E")]
    [InlineData("/v2.6/agents/%zz")]
    [InlineData("/v2.6/agents/a;b=c,d")]
    [InlineData("/v2.6/agents/%61gent?q=%2F..%2F&&=%00")]
    [InlineData("/v9.9/agents/a")]
    public async Task Leaves_odd_ids_to_their_owner_octet_by_octet(string target)
    {
        await _cluster.SendRawAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        var received = _cluster.Verifiers.Concat(_cluster.PlainRegistrars).SelectMany(backend => backend.Received).ToList();
        Assert.Equal(2, received.Count);
        Assert.All(received, request => Assert.Equal(target, request.Target));
    }

    [Fact]
    public async Task Takes_a_body_of_two_lengths_by_its_chunks_and_then_hangs_up()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _cluster.RegistrarPort);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /v2.6/agents/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v2.6/agents/smuggled HTTP/1.1\r\nHost: x\r\n\r\n"));
        // RFC 9112, section 6.1: the connection is closed, so that what follows is nobody's request.
        using var reader = new StreamReader(client.GetStream());
        var everything = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200", everything, StringComparison.Ordinal);
        Assert.Equal(0, everything.IndexOf("HTTP/1.1", StringComparison.Ordinal) + everything.LastIndexOf("HTTP/1.1", StringComparison.Ordinal));
        var received = Assert.Single(_cluster.PlainRegistrars.SelectMany(registrar => registrar.Received));
        Assert.Equal("/v2.6/agents/a", received.Target);
        Assert.DoesNotContain("Content-Length", received.Headers.Keys);
    }

    [Fact]
    public async Task Writes_a_length_its_own_way()
    {
        // Kestrel takes +5 for 5; another server may take it for nothing, and the body for a request.
        Assert.All(await _cluster.SendRawAsync("POST /v2.6/agents/a HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde"), answer => Assert.Equal(200, answer.Status));
        var received = _cluster.Backends.SelectMany(backend => backend.Received).ToList();
        Assert.Equal(["5", "5"], received.Select(request => request.Headers["Content-Length"]));
    }

    [Fact]
    public async Task Passes_a_header_beyond_ascii_on_and_thinks_no_less_of_the_back_ends()
    {
        // The octets of é in UTF-8.
        Assert.All(await _cluster.SendRawAsync("GET /v2.6/agents/a HTTP/1.1\r\nHost: x\r\nX-A: \u00C3\u00A9\r\n\r\n"), answer => Assert.Equal(200, answer.Status));
        var received = _cluster.Backends.SelectMany(backend => backend.Received).ToList();
        Assert.Equal(["é", "é"], received.Select(request => request.Headers["X-A"]));
        Assert.All(_cluster.Pools, pool => Assert.Equal(pool.Backends.Count, pool.LiveCount));
    }

    [Fact]
    public async Task Refuses_headers_and_request_lines_without_measure()
    {
        foreach (var answer in await _cluster.SendRawAsync($"GET /v2.6/agents HTTP/1.1\r\nHost: x\r\nX-Big: {new string('a', 200_000)}\r\n\r\n")) Assert.Equal(431, answer.Status);
        foreach (var answer in await _cluster.SendRawAsync($"GET /v2.6/agents HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Repeat("X-A: 1\r\n", 500))}\r\n")) Assert.Equal(431, answer.Status);
        foreach (var answer in await _cluster.SendRawAsync($"GET /v2.6/agents/{new string('a', 70_000)} HTTP/1.1\r\nHost: x\r\n\r\n")) Assert.Equal(414, answer.Status);
        AssertNothingReceived();
    }

    [Fact]
    public async Task Passes_a_whole_quote_in_a_query()
    {
        var target = $"/v2.6/verify/identity?quote=r{new string('A', 40_000)}";
        await _cluster.SendRawAsync($"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n", plain: false);
        Assert.Equal(target, Assert.Single(_cluster.Verifiers.SelectMany(verifier => verifier.Received)).Target);
    }

    private void AssertNothingReceived() => Assert.All(_cluster.Backends, backend => Assert.Empty(backend.Received));
}
