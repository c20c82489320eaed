using System.Net;
using System.Net.Sockets;
using System.Text;
using Keylime.Protocol;

namespace Keylime.Client.Tests;

/// <summary>What a peer says ends up in logs, on terminals and in databases.</summary>
public sealed class HostileTextTests : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(511)]
    [InlineData(512)]
    public async Task A_message_is_not_cut_within_a_character(int length)
    {
        var text = new string('a', length) + "\U0001F600b";
        await using var server = await StandIn.StartAsync(StandIn.Says($$$"""{"code":403,"status":"{{{text}}}","results":{}}""", 403), useTls: false);
        var answer = await FindAgentAsync(server.Address);
        Assert.Equal(new string('a', length), answer.Message);
    }

    [Fact]
    public async Task A_broken_status_line_is_told_without_its_control_characters()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var connection = await listener.AcceptTcpClientAsync();
            var stream = connection.GetStream();
            await stream.ReadExactlyAsync(new byte[16]);
            await stream.WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 2\0\u001b[31m" + new string('x', 2000) + "\r\n\r\n"));
        });

        var answer = await FindAgentAsync(new($"http://{listener.LocalEndpoint}"));

        await serving;
        Assert.Equal(Fault.Transport, answer.Fault);
        Assert.DoesNotContain(answer.Message, char.IsControl);
        Assert.InRange(answer.Message.Length, 1, 512);
    }

    private Task<Answer<Keylime.Protocol.V2.VerifierAgentResponse>> FindAgentAsync(Uri address) =>
        new VerifierClient(_http, new AddressList(address), TimeSpan.FromMinutes(2)).FindAgentAsync(AgentId.Parse("a"), default);
}
