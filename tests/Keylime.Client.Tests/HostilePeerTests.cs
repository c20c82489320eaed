using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Client.Tests;

/// <summary>Peers that speak something like HTTP, on bare sockets: each ends as an agent that did not answer, or answered badly; none holds anything for longer
/// than a request may take, or grows.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Head = Ok + "Content-Type: application/json\r\n";
    // What never ends by itself ends by this.
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);
    // What has to end by a limit of another kind would show by waiting for this.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly AgentConnections _connections = new(SslStreamCertificateContext.Create(StandIn.SelfSigned(), null, offline: true), TimeSpan.FromMinutes(1));

    public void Dispose() => _connections.Dispose();

    [Theory]
    [InlineData("", "")]                                                          // says nothing
    [InlineData("", "H")]                                                         // a status line without end
    [InlineData(Ok + "Content-Type: application/json", "")]                       // headers that stop
    [InlineData("", "HTTP/1.1 100 Continue\r\n\r\n")]                            // not yet, not yet, not yet
    [InlineData("", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")]
    [InlineData(Head + "Content-Length: 1000000\r\n\r\n", " ")]                   // a byte now and then
    [InlineData(Head + "Content-Length: 9000000000000000000\r\n\r\n{", "")]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "")] // trailers that stop
    [InlineData(Head + "\r\n", " ")]                                              // until the end of the connection, which does not come
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "x")]
    public async Task One_that_takes_for_ever_is_not_waited_for(string first, string overAndOver)
    {
        await using var peer = new Peer(first, overAndOver, pause: TimeSpan.FromMilliseconds(20));
        var answer = await _connections.Agent("127.0.0.1", peer.Port, null, Short).GetVersionAsync(default);
        Assert.Equal((Fault.Transport, $"127.0.0.1:{peer.Port}: no answer within 0.5 s"), (answer.Fault, answer.Message));
    }

    [Fact]
    public async Task One_that_says_not_yet_as_fast_as_it_can_is_not_waited_for_either()
    {
        await using var peer = new Peer("", "HTTP/1.1 100 Continue\r\n\r\n", pause: TimeSpan.Zero);
        Assert.Equal(Fault.Transport, (await _connections.Agent("127.0.0.1", peer.Port, null, Short).GetVersionAsync(default)).Fault);
    }

    [Theory]
    [InlineData("", "HTTP/1.1 200 OK", Fault.Transport)]
    [InlineData(Ok, "X: y\r\n", Fault.Transport)]                                 // headers without end
    [InlineData(Ok + "X: ", "y", Fault.Transport)]                                // a header without end
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n1;", "x", Fault.Transport)]         // an extension of a chunk without end
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n", "0", Fault.Transport)]           // a length of a chunk without end
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", Fault.Transport)] // trailers without end
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", Fault.Malformed)]
    [InlineData(Head + "\r\n", " ", Fault.Malformed)]
    [InlineData("HTTP/1.1 500 No\r\n\r\n", " ", Fault.Malformed)]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "x", Fault.Malformed)]
    public async Task One_that_says_something_without_end_is_cut_off(string first, string overAndOver, Fault fault)
    {
        await using var peer = new Peer(first, overAndOver, pause: TimeSpan.Zero);
        var answer = await _connections.Agent("127.0.0.1", peer.Port, null, Long).GetVersionAsync(default);
        Assert.Equal(fault, answer.Fault);
        Assert.DoesNotContain("no answer within", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", Fault.Transport)]
    [InlineData("\0", Fault.Transport)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", Fault.Transport)]
    [InlineData("\u0016\u0003\u0001\0\u0005", Fault.Transport)]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n", Fault.Transport)]
    [InlineData("HTTP/2 200\r\n\r\n", Fault.Transport)]
    [InlineData("HTTP/1.1 99999 OK\r\n\r\n", Fault.Transport)]
    [InlineData("HTTP/1.1 -12 OK\r\n\r\n", Fault.Transport)]
    [InlineData(Ok + "no header\r\n\r\n", Fault.Transport)]
    [InlineData(Head + "Content-Length: -1\r\n\r\n", Fault.Malformed)]
    [InlineData(Head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", Fault.Malformed)]
    [InlineData(Head + "Content-Length: 99\r\n\r\n{}", Fault.Transport)]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n", Fault.Transport)]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", Fault.Transport)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", Fault.Transport)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n{}", Fault.Malformed)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n", Fault.Refused)]
    [InlineData("HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n", Fault.Refused)]
    [InlineData("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", Fault.Refused)]
    public async Task One_that_says_anything_else_and_hangs_up_is_judged_by_it(string says, Fault fault)
    {
        await using var peer = new Peer(says, null, pause: TimeSpan.Zero);
        Assert.Equal(fault, (await _connections.Agent("127.0.0.1", peer.Port, null, Long).GetVersionAsync(default)).Fault);
    }

    [Fact]
    public async Task One_that_redirects_is_not_followed()
    {
        using var elsewhere = new TcpListener(IPAddress.Loopback, 0);
        elsewhere.Start();
        await using var peer = new Peer($"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{elsewhere.LocalEndpoint}/\r\nContent-Length: 0\r\n\r\n", null, pause: TimeSpan.Zero);
        var answer = await _connections.Agent("127.0.0.1", peer.Port, null, Long).GetVersionAsync(default);
        Assert.Equal((Fault.Refused, 307), (answer.Fault, answer.Status));
        Assert.False(elsewhere.Pending());
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("\u0016\u0003\u0003\u0040\0", "\0")] // a record of TLS, a byte now and then
    public async Task A_handshake_that_takes_for_ever_is_not_waited_for(string first, string overAndOver)
    {
        await using var peer = new Peer(first, overAndOver, pause: TimeSpan.FromMilliseconds(20));
        var answer = await _connections.Agent("127.0.0.1", peer.Port, CertificatePin.Of(StandIn.SelfSigned()), Short).GetVersionAsync(default);
        Assert.Equal((Fault.Transport, $"127.0.0.1:{peer.Port}: no answer within 0.5 s"), (answer.Fault, answer.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("\u0015\u0003\u0003\0\u0002\u0002\u0028")]
    [InlineData("\u0016\u0003\u0003\uFFFF\uFFFF")]
    public async Task A_handshake_with_something_else_fails(string says)
    {
        await using var peer = new Peer(says, null, pause: TimeSpan.Zero);
        Assert.Equal(Fault.Transport, (await _connections.Agent("127.0.0.1", peer.Port, CertificatePin.Of(StandIn.SelfSigned()), Long).GetVersionAsync(default)).Fault);
    }

    /// <summary>Sends one text when it is first spoken to, then another over and over, or hangs up when there is none; an empty one is silence.</summary>
    private sealed class Peer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _ends = new();
        private readonly Task _accepting;

        public Peer(string first, string? overAndOver, TimeSpan pause)
        {
            _listener.Start();
            _accepting = AcceptAsync(Encoding.Latin1.GetBytes(first), overAndOver is null ? null : Encoding.Latin1.GetBytes(overAndOver), pause);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _ends.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _ends.Dispose();
        }

        private async Task AcceptAsync(byte[] first, byte[]? overAndOver, TimeSpan pause)
        {
            var speaking = new List<Task>();
            try
            {
                while (true) speaking.Add(SpeakAsync(await _listener.AcceptSocketAsync(_ends.Token), first, overAndOver, pause));
            }
            catch (OperationCanceledException)
            {
            }
            await Task.WhenAll(speaking);
        }

        private async Task SpeakAsync(Socket socket, byte[] first, byte[]? overAndOver, TimeSpan pause)
        {
            try
            {
                using (socket)
                {
                    await socket.ReceiveAsync(new byte[64 * 1024], _ends.Token);
                    await SendAsync(socket, first);
                    if (overAndOver is null)
                    {
                        // Not a reset, which could take what was sent with it.
                        socket.Shutdown(SocketShutdown.Send);
                        while (await socket.ReceiveAsync(new byte[1024], _ends.Token) > 0) { }
                        return;
                    }
                    // Without a pause as much at a time as the peer takes.
                    var piece = pause == TimeSpan.Zero ? [.. Enumerable.Repeat(overAndOver, 4096).SelectMany(bytes => bytes)] : overAndOver;
                    while (true)
                    {
                        await SendAsync(socket, piece);
                        if (pause > TimeSpan.Zero) await Task.Delay(pause, _ends.Token);
                    }
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The other side has had enough.
            }
        }

        private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, _ends.Token)..];
        }
    }
}
