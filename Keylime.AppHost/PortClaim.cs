using System.Net;
using System.Net.Sockets;

namespace Keylime.AppHost;

/// <summary>One of Keylime's own ports on this machine, for one cluster: between the look whether it is free and the gateway's listening on it, databases start.</summary>
internal sealed class PortClaim : IDisposable
{
    private readonly Socket _name = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private PortClaim() { }

    /// <summary>Null when somebody listens on the port, or another cluster is about to.</summary>
    public static PortClaim? TryTake(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (!TryBind(probe, new IPEndPoint(IPAddress.Loopback, port))) return null;
        var claim = new PortClaim();
        // A name that is no file's: the kernel gives it to one process, and takes it back however that ends.
        if (TryBind(claim._name, new UnixDomainSocketEndPoint($"\0keylime-port-{port}"))) return claim;
        claim.Dispose();
        return null;
    }

    public void Dispose() => _name.Dispose();

    private static bool TryBind(Socket socket, EndPoint address)
    {
        try
        {
            socket.Bind(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
