using System.Net;
using System.Net.Sockets;

namespace Keylime.Testing;

/// <summary>A peer that resets every connection as soon as it has come about. Whether the reset is there before the other side has looked at its connection is
/// chance: only many connections show what either does.</summary>
public sealed class ResettingPeer : IAsyncDisposable
{
    private readonly CancellationTokenSource _ends = new();
    private readonly TcpListener _listener;
    private readonly Task _resetting;
    private int _resets;

    /// <param name="port">Zero for any that is free.</param>
    public ResettingPeer(int port = 0)
    {
        _listener = new(IPAddress.Loopback, port);
        _listener.Start(backlog: 100);
        _resetting = ResetAllAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections reset so far.</summary>
    public int Resets => _resets;

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _resetting;
        _listener.Dispose();
        _ends.Dispose();
    }

    private async Task ResetAllAsync()
    {
        while (!_ends.IsCancellationRequested)
            try
            {
                using var socket = await _listener.AcceptSocketAsync(_ends.Token);
                socket.LingerState = new(true, 0);
                Interlocked.Increment(ref _resets);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Over, or the peer was quicker.
            }
    }
}
