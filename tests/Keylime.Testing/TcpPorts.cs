using System.Net;
using System.Net.Sockets;

namespace Keylime.Testing;

/// <summary>Ports to listen on. Not from the system's range of outgoing connections, any of which could take one between asking and listening.</summary>
public static class TcpPorts
{
    private const int First = 10_000, Count = 22_000;

    private static int _next = Random.Shared.Next(Count);

    /// <summary>Ports that are free now and that no other caller in this process got before.</summary>
    public static int[] Free(int count)
    {
        var ports = new List<int>();
        while (ports.Count < count)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port)) ports.Add(port);
        }
        return [.. ports];
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
