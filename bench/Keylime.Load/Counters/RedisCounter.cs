using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Load.Counters;

/// <summary>How many commands Redis has worked on, but for our own. By hand, because a client library asks much on its own account.</summary>
internal sealed class RedisCounter(string host, int port, string password) : IDisposable
{
    private const int MaxAnswerBytes = 1024 * 1024;
    /// <summary>AUTH and INFO.</summary>
    private const int OwnCommandsOfConnecting = 2;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly RunningTotal _total = new();
    private TcpClient? _connection;
    private (string Run, long Count)? _own;

    public long Grown => _total.Grown;

    /// <summary>From StackExchange.Redis' spelling, <c>HOST:PORT,password=...</c>.</summary>
    public static RedisCounter Open(string connectionString)
    {
        var parts = connectionString.Split(',');
        var address = parts[0].Split(':');
        var password = parts.Select(part => part.Split('=', 2)).FirstOrDefault(pair => pair is ["password", _])?[1] ?? "";
        return address is [var host, var digits] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new(host, port, password)
            : throw new LoadException("the cluster's Redis has no address");
    }

    /// <summary>Reads the counter; false when Redis does not answer.</summary>
    public async Task<bool> TryReadAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            var isNew = _connection is null;
            if (_connection is not { } connection)
            {
                _connection = connection = new();
                await connection.ConnectAsync(host, port, limit.Token);
                await AskAsync(connection, password.Length == 0 ? ["PING"] : ["AUTH", password], limit.Token);
            }
            // Without a section: run_id stands in one and the counter in another.
            if (!RedisInfo.TryParse(await AskAsync(connection, ["INFO"], limit.Token), out var info)) throw new IOException("INFO has another form");
            // An INFO does not count itself yet; those before it do.
            var own = _own is { } before && before.Run == info.RunId ? before.Count + (isNew ? OwnCommandsOfConnecting : 1) : 0;
            _own = (info.RunId, own);
            _total.Observe(info.RunId, info.Commands - own);
            return true;
        }
        catch (Exception e) when (e is SocketException or IOException || e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Dispose();
            return false;
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private static async Task<string> AskAsync(TcpClient connection, string[] words, CancellationToken cancellationToken)
    {
        var stream = connection.GetStream();
        var request = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words) request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()), cancellationToken);

        var line = await ReadLineAsync(stream, cancellationToken);
        if (!line.StartsWith('$')) return line.StartsWith('+') ? line[1..] : throw new IOException($"Redis answers {line}");
        if (!int.TryParse(line.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > MaxAnswerBytes) throw new IOException("Redis answers too much");
        var body = new byte[length + 2];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return Encoding.UTF8.GetString(body, 0, length);
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            if (one[0] == '\n') return line.ToString().TrimEnd('\r');
            if (line.Append((char)one[0]).Length > 4096) throw new IOException("Redis answers too long a line");
        }
    }
}
