using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Keylime.Testing;

/// <summary>Ports to listen on. Not from the system's range of outgoing connections, any of which could take one between asking and listening, and not from that of
/// AppHosts. Whoever holds the UDP port of the same number has the TCP port to give, so that two processes that test side by side do not choose the same.</summary>
public static class TcpPorts
{
    private const int First = 10_000, Count = 10_000;

    // Held for as long as this process lives: what was given is never given again.
    private static readonly ConcurrentBag<Socket> Held = [];

    private static int _next = Random.Shared.Next(Count);

    /// <summary>Ports that are free now and that no other caller in this process got before.</summary>
    public static int[] Free(int count)
    {
        var ports = new List<int>();
        while (ports.Count < count)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port) && TryReserve(port)) ports.Add(port);
        }
        return [.. ports];
    }

    private static bool TryReserve(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            Held.Add(socket);
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
