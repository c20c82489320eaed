using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Benchmarks.Fleet;

/// <summary>A kept-alive mTLS connection that asks one agent for quote after quote, with as little work of its own as it can: the client must not be what is
/// measured.</summary>
internal sealed class AgentConnection(SslStream stream, string host) : IDisposable
{
    private const string NonceAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly byte[] _buffer = new byte[64 * 1024];

    public static async Task<AgentConnection> OpenAsync(string host, int port, SslStreamCertificateContext client)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(host, port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "agent",
            ClientCertificateContext = client,
            // Which key answers is not the question here.
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        });
        return new(stream, host);
    }

    /// <summary>Asks for the part of the IMA list after <paramref name="firstEntry"/> entries, as a verifier does that knows the rest.</summary>
    public async Task AskAsync(long firstEntry, CancellationToken ct)
    {
        var nonce = System.Security.Cryptography.RandomNumberGenerator.GetString(NonceAlphabet, 20);
        var request = string.Create(CultureInfo.InvariantCulture,
            $"GET /v2.6/quotes/integrity?nonce={nonce}&mask=0x400&partial=1&ima_ml_entry={firstEntry} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), ct);
        var (received, wanted) = (0, int.MaxValue);
        while (received < wanted)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(received), ct);
            if (read == 0) throw new IOException("The agent closed the connection.");
            received += read;
            if (wanted == int.MaxValue && _buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8) is >= 0 and var end) wanted = end + 4 + BodyBytes(_buffer.AsSpan(0, end + 2));
        }
    }

    public void Dispose() => stream.Dispose();

    private static int BodyBytes(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 200 "u8)) throw new IOException($"The agent gives no quote: {Encoding.ASCII.GetString(head)}");
        var value = head[(head.IndexOf("Content-Length: "u8) + "Content-Length: ".Length)..];
        return int.Parse(value[..value.IndexOf("\r\n"u8)], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
