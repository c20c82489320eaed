using System.Net;
using System.Net.Sockets;

namespace Keylime.Tpm.Devices.Tests;

/// <summary>Something on a TCP port that answers each command with the next bytes of a script, whatever the command is, and then ends
/// the connection. An empty answer is none: it waits.</summary>
internal sealed class ScriptedTpm : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    public ScriptedTpm(params string[] answers)
    {
        _listener.Start();
        _work = ServeAsync(answers);
    }

    public TctiName Name => new TctiName.SwtpmTcp("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync(string[] answers)
    {
        using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
        var stream = client.GetStream();
        var buffer = new byte[4096];
        foreach (var answer in answers)
        {
            if (await stream.ReadAsync(buffer, _stop.Token) == 0) return;
            if (answer.Length == 0) await Task.Delay(Timeout.Infinite, _stop.Token);
            await stream.WriteAsync(Convert.FromHexString(answer), _stop.Token);
        }
    }
}
