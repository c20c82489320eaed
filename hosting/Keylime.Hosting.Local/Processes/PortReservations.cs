using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Processes;

/// <summary>TCP ports that nobody listens on yet, kept from others who choose as we do: whoever holds the UDP port of the same number has the TCP port to give. Nothing
/// stands in the way of the process that listens on it in the end, and the kernel takes a reservation back when we die.</summary>
internal sealed class PortReservations : IDisposable
{
    private readonly List<Socket> _held = [];

    public bool TryAdd(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _held.Add(socket);
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var socket in _held) socket.Dispose();
    }
}
