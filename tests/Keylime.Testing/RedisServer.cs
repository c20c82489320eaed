using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Testing;

/// <summary>A real redis-server on a free port and in a folder of its own, with a password, in memory only. It can be stopped, paused,
/// flushed, and started again on the same port.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    /// <summary>More than a busy machine needs: reached only by a test that fails.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private readonly string _directory = Directory.CreateTempSubdirectory("keylime-redis-").FullName;
    private readonly string _password = Guid.NewGuid().ToString("N");
    private readonly string[] _tls;
    private Process? _process;

    private RedisServer(string[] tls) => (_tls, Port) = (tls, TcpPorts.Free(1)[0]);

    public int Port { get; private set; }

    public string ConnectionString => $"127.0.0.1:{Port},password={_password}{(_tls.Length > 0 ? ",ssl=true,sslHost=localhost" : "")}";

    public static Task<RedisServer> StartAsync() => StartAsync([]);

    /// <summary>With TLS only, under a PEM certificate and key.</summary>
    public static Task<RedisServer> StartTlsAsync(string certificatePath, string keyPath) =>
        StartAsync(["--tls-auth-clients", "no", "--tls-cert-file", certificatePath, "--tls-key-file", keyPath, "--tls-ca-cert-file", certificatePath]);

    /// <summary>Starts the server again, empty, after <see cref="StopAsync"/>.</summary>
    public async Task RestartAsync()
    {
        if (_process is not null) throw new InvalidOperationException("The server runs already.");
        var port = Port.ToString(CultureInfo.InvariantCulture);
        string[] listen = _tls.Length > 0 ? ["--port", "0", "--tls-port", port, .. _tls] : ["--port", port];
        _process = Process.Start(new ProcessStartInfo("redis-server",
            ["--bind", "127.0.0.1", .. listen, "--requirepass", _password, "--dir", _directory, "--save", "", "--appendonly", "no"])
        {
            RedirectStandardOutput = true,
        })!;
        // Redis tells on its standard output when it is ready; the rest is read so that it never blocks on a full pipe.
        using var timeout = new CancellationTokenSource(StartTimeout);
        var said = new StringBuilder();
        do said.AppendLine(await _process.StandardOutput.ReadLineAsync(timeout.Token) ?? throw await NotStartedAsync(said.ToString()));
        while (!said.ToString().Contains("Ready to accept connections", StringComparison.Ordinal));
        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
    }

    /// <summary>Kills the server; all it knew is lost.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>Stops the process without ending it: connections stay open and nothing answers.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Deletes everything.</summary>
    public Task FlushAsync() => CommandAsync("FLUSHALL");

    /// <summary>Has the server carry out a command that it answers with OK, given as its operator would type it.</summary>
    public async Task CommandAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {_password}\r\n{command}\r\nQUIT\r\n"));
        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync();
        if (answer != "+OK\r\n+OK\r\n+OK\r\n") throw new InvalidOperationException($"redis-server answered {answer}");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<RedisServer> StartAsync(string[] tls)
    {
        var server = new RedisServer(tls);
        for (var attempt = 1; ; attempt++)
            try
            {
                await server.RestartAsync();
                return server;
            }
            catch (InvalidOperationException e) when (attempt < 5 && e.Message.Contains("Address already in use", StringComparison.Ordinal))
            {
                // Free a moment ago: another process was quicker.
                server.Port = TcpPorts.Free(1)[0];
            }
    }

    private async Task<InvalidOperationException> NotStartedAsync(string said)
    {
        await StopAsync();
        return new($"redis-server did not start: {said}");
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
