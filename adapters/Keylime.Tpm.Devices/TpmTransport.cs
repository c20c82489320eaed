using System.Net;
using System.Net.Sockets;

namespace Keylime.Tpm.Devices;

/// <summary>Makes the transport that a name asks for.</summary>
public static class TpmTransport
{
    public static ITpmTransport Create(TctiName name, TpmTimeouts? timeouts = null, TimeProvider? time = null)
    {
        var (limits, clock) = (timeouts ?? TpmTimeouts.Default, time ?? TimeProvider.System);
        return name switch
        {
            TctiName.Device device => new DeviceTransport(device.Path, limits, clock),
            TctiName.SwtpmUnix or TctiName.SwtpmTcp => new SwtpmTransport(name, EndPointOf(name), limits, clock),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    internal static EndPoint EndPointOf(TctiName name, bool control = false) => name switch
    {
        TctiName.SwtpmUnix unix => new UnixDomainSocketEndPoint(control ? unix.Path + ".ctrl" : unix.Path),
        TctiName.SwtpmTcp tcp => ResolveEndPoint(tcp.Host, control ? tcp.Port + 1 : tcp.Port),
        _ => throw new ArgumentException("Only an swtpm is reached through a socket.", nameof(name)),
    };

    private static EndPoint ResolveEndPoint(string host, int port)
    {
        if (host == "localhost") return new IPEndPoint(IPAddress.Loopback, port); // swtpm binds to IPv4 unless it is told otherwise
        if (IPAddress.TryParse(host, out var address)) return new IPEndPoint(address, port);
        return new DnsEndPoint(host, port, AddressFamily.InterNetwork);
    }
}
