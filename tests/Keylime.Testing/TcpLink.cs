using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Keylime.Testing;

/// <summary>A way of TCP from one part of a cluster to another that a test interrupts: held, nothing passes and nobody is told, as when a network parts;
/// mended, what was held arrives, as TCP would send it again.</summary>
public sealed class TcpLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, TcpPorts.Free(1)[0]);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = [];
    private readonly Func<int> _targetPort;
    private readonly Task _accepting;
    // Completed while the link is open. Swapped whole.
    private volatile TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Trigger? _trigger;

    /// <param name="targetPort">Port of 127.0.0.1 to which the link leads; asked at each connection.</param>
    public TcpLink(Func<int> targetPort)
    {
        _targetPort = targetPort;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Lets nothing pass from now on.</summary>
    public void Hold()
    {
        if (_open.Task.IsCompleted) _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Mend() => _open.TrySetResult();

    /// <summary>Lets nothing pass from the moment on when a text is on its way, which is held itself. Ends then.</summary>
    public Task HoldAtAsync(string text, CancellationToken ct)
    {
        var trigger = new Trigger(Encoding.UTF8.GetBytes(text), new(TaskCreationOptions.RunContinuationsAsynchronously));
        _trigger = trigger;
        return trigger.Sprung.Task.WaitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
                _connections.TryAdd(connection, 0);
                _ = connection.ContinueWith(ended => _connections.TryRemove(ended, out _), TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async Task ServeAsync(TcpClient near)
    {
        using (near)
        using (var far = new TcpClient())
            try
            {
                await _open.Task.WaitAsync(_end.Token);
                await far.ConnectAsync(IPAddress.Loopback, _targetPort(), _end.Token);
                // When one side is at its end so is the connection.
                await Task.WhenAny(PassAsync(near, far), PassAsync(far, near));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Nobody listens there, or the link is disposed of: the near side sees its connection end.
            }
    }

    private async Task PassAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var length)
            {
                Spring(buffer.AsSpan(0, length));
                await _open.Task.WaitAsync(_end.Token);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, length), _end.Token);
            }
            await _open.Task.WaitAsync(_end.Token); // Not even an end passes.
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The connection has ended.
        }
    }

    private void Spring(ReadOnlySpan<byte> chunk)
    {
        if (_trigger is not { } trigger || chunk.IndexOf(trigger.Text) < 0) return;
        _trigger = null;
        Hold();
        trigger.Sprung.TrySetResult();
    }

    private sealed record Trigger(byte[] Text, TaskCompletionSource Sprung);
}
