using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Gateway.Tests;

/// <summary>Requests that break off, or turn out to be none, when they are on their way to a back end already. It may take them in after a test has ended, which is why nothing
/// here looks at what was received, and why these tests have a cluster of their own.</summary>
public sealed class BrokenRequestTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private readonly TestCluster _cluster = fixture.Fresh();

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n", "abcdef")]
    [InlineData("Content-Length: 5, 6\r\n", "abcdef")]
    [InlineData("Content-Length: -1\r\n", "")]
    [InlineData("Content-Length: 0x5\r\n", "abcde")]
    [InlineData("Content-Length: 99999999999999999999\r\n", "")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n", "ffffffffffffffff0\r\nabc")]
    [InlineData(" Folded: header\r\n", "")]
    [InlineData("No-Colon\r\n", "")]
    [InlineData("Bad\0Name: x\r\n", "")]
    [InlineData("Name: bad\0value\r\n", "")]
    public async Task Lets_no_second_request_hide_in_the_first(string headers, string body)
    {
        foreach (var answer in await _cluster.SendRawAsync($"POST /v2.6/agents/a HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}"))
            Assert.InRange(answer.Status, 400, 499);
    }

    [Fact]
    public async Task Survives_clients_that_leave_in_the_middle()
    {
        for (var i = 0; i < 20; i++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _cluster.RegistrarPort);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /v2.6/agents/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"));
            client.LingerState = new(true, 0);
        }
        Assert.StartsWith("registrar", await _cluster.InstanceAsync(_cluster.Registrar("/version")), StringComparison.Ordinal);
    }
}
