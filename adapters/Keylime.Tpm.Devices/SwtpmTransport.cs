using System.Net;
using System.Net.Sockets;
using Keylime.Tpm.Commands;

namespace Keylime.Tpm.Devices;

/// <summary>The data channel of an swtpm, over TCP or a Unix socket.</summary>
internal sealed class SwtpmTransport(TctiName name, EndPoint endPoint, TpmTimeouts timeouts, TimeProvider time) : ITpmTransport
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);
    // A question with a short answer that changes nothing.
    private static readonly byte[] Probe = new GetCapabilityCommand(TpmCapability.Properties, 0x100, 1).ToBytes();

    public bool IsExclusive => true;

    public async Task<ITpmConnection> OpenAsync(CancellationToken cancellation)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var deadline = new CancellationTokenSource(timeouts.Busy, time);
        using var registration = deadline.Token.Register(turn.Cancel);
        StreamConnection? connection = null;
        try
        {
            var stream = new NetworkStream(await ConnectAsync(turn.Token), ownsSocket: true);
            connection = new StreamConnection(stream, name.ToString(), timeouts.Command);
            // The kernel accepts connections that swtpm has not yet turned to. The first answer says that it is our turn, and
            // until then nothing is lost by giving up.
            await StartAsync(connection, turn.Token);
            return connection;
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync();
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
                throw new TpmUnavailableException(
                    $"The TPM at {name} was busy for {timeouts.Busy.TotalSeconds:0.#} s; another process may hold its connection", e);
            throw;
        }
    }

    /// <summary>Sends TPM2_Startup where nobody has: an swtpm that was started without <c>startup-clear</c> waits for it.</summary>
    private async Task StartAsync(StreamConnection connection, CancellationToken cancellation)
    {
        if (await AskAsync(connection, Probe, cancellation) != TpmResponseCode.Initialize) return;
        var code = await AskAsync(connection, new StartupCommand().ToBytes(), cancellation);
        if (!code.IsSuccess && code != TpmResponseCode.Initialize) throw new TpmCommandException(TpmCommandCode.Startup, code);
    }

    private async Task<TpmResponseCode> AskAsync(StreamConnection connection, byte[] command, CancellationToken cancellation)
    {
        var response = await connection.SendAsync(command, cancellation);
        return ResponseFrame.TryReadCode(response, out var code, out var error)
            ? code
            : throw new TpmUnavailableException($"The TPM at {name} sent a malformed response: {error}");
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                if (endPoint.AddressFamily != AddressFamily.Unix) socket.NoDelay = true;
                await socket.ConnectAsync(endPoint, cancellation);
                return socket;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain)
            {
                // The queue of a Unix socket is full. Unlike TCP the kernel does not wait for us.
                socket.Dispose();
            }
            catch (SocketException e)
            {
                socket.Dispose();
                throw new TpmUnavailableException($"There is no TPM at {name}: {e.Message}", e);
            }
            catch (OperationCanceledException)
            {
                socket.Dispose();
                throw;
            }
            await Task.Delay(RetryPause, time, cancellation);
        }
    }
}
