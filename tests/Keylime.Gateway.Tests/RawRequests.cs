using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Gateway.Tests;

/// <summary>Requests octet by octet.</summary>
internal static class RawRequests
{
    /// <summary>The answers to octets that no HTTP library would send: those of the TLS listener, and of the plain one.</summary>
    public static async Task<IReadOnlyList<(int Status, string Body)>> SendRawAsync(this TestCluster cluster, string request, bool plain = true)
    {
        var answers = new List<(int, string)> { await SendAsync(cluster, request, cluster.VerifierPort, tls: true) };
        if (plain) answers.Add(await SendAsync(cluster, request, cluster.RegistrarPort, tls: false));
        return answers;
    }

    private static async Task<(int Status, string Body)> SendAsync(TestCluster cluster, string request, int port, bool tls)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        Stream stream = client.GetStream();
        if (tls)
        {
            var secure = new SslStream(stream);
            var options = cluster.Certificates.As(null);
            options.TargetHost = "localhost";
            await secure.AuthenticateAsClientAsync(options);
            stream = secure;
        }
        await using (stream)
        {
            try
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
            }
            catch (IOException)
            {
                // It may answer and close before it has read all of it.
            }
            return await ReadAnswerAsync(stream);
        }
    }

    // Connections are kept alive: the head tells how much body there is.
    private static async Task<(int Status, string Body)> ReadAnswerAsync(Stream stream)
    {
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        var answer = new StringBuilder();
        var octet = new byte[1];
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(octet, patience.Token) == 0) break;
            answer.Append((char)octet[0]);
        }
        var head = answer.ToString();
        var length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) is { } line
            ? int.Parse(line[15..], System.Globalization.CultureInfo.InvariantCulture)
            : 0;
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, patience.Token);
        return (int.Parse(head.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), Encoding.UTF8.GetString(body));
    }
}
