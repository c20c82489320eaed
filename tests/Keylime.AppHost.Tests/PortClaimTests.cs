using System.Net;
using System.Net.Sockets;

namespace Keylime.AppHost.Tests;

public sealed class PortClaimTests
{
    [Fact]
    public void A_port_is_one_clusters_until_that_gives_it_back()
    {
        var (port, claim) = TakeAny();
        using (claim)
            Assert.Null(PortClaim.TryTake(port));
        using var again = PortClaim.TryTake(port);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_port_on_which_somebody_listens_is_nobodys()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Assert.Null(PortClaim.TryTake(((IPEndPoint)listener.LocalEndPoint!).Port));
    }

    /// <summary>Below the range of outgoing connections, any of which could take the port.</summary>
    private static (int Port, PortClaim Claim) TakeAny()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 20_000);
            if (PortClaim.TryTake(port) is { } claim) return (port, claim);
        }
    }
}
