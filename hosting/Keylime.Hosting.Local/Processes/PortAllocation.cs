using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Processes;

/// <summary>Chooses the ports of a run, once, before anything starts.</summary>
internal static class PortAllocation
{
    /// <summary>Aspire's own key: take no port that Program.cs names, because several applications run side by side.</summary>
    public const string RandomizePortsKey = "DcpPublisher:RandomizePorts";

    // Below Linux's range for outgoing connections (32768..60999): a port in there could be taken by a client while its resource restarts.
    private const int First = 20000;
    private const int Last = 32767;

    /// <summary>Gives every endpoint a port. Those that were chosen are reserved until what is returned is disposed of: they are taken only when their processes
    /// start, and another AppHost could choose one of them meanwhile.</summary>
    public static IDisposable Allocate(IEnumerable<IResource> resources, bool randomize)
    {
        var taken = new HashSet<int>();
        var reservations = new PortReservations();
        var endpoints = resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()).ToList();
        foreach (var endpoint in randomize ? [] : endpoints)
            if (endpoint.Port is { } port)
                endpoint.AllocatedPort = taken.Add(port) ? port : throw new InvalidOperationException($"Two endpoints want the port {port}");
        foreach (var endpoint in endpoints.Where(endpoint => endpoint.AllocatedPort is null))
            endpoint.AllocatedPort = ChooseFree(taken, reservations);
        return reservations;
    }

    public static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int ChooseFree(HashSet<int> taken, PortReservations reservations)
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(First, Last + 1);
            if (IsFree(port) && taken.Add(port) && reservations.TryAdd(port))
                return port;
        }

        throw new InvalidOperationException($"No free port between {First} and {Last}");
    }
}
