using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Processes;

namespace Aspire.Hosting.Tests.Processes;

public sealed class PortReservationsTests : IAsyncDisposable
{
    private readonly DistributedApplicationBuilder _builder = AppHost.Create();

    [Fact]
    public void A_port_that_was_chosen_is_kept_from_others_and_not_from_whom_it_is_for()
    {
        var project = _builder.AddProject<SampleProject>("project").WithHttpEndpoint();
        int port;
        using var other = new PortReservations();
        using (PortAllocation.Allocate([project.Resource], randomize: true))
        {
            port = project.GetEndpoint("http").Port;
            Assert.False(other.TryAdd(port));
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
        }
        Assert.True(other.TryAdd(port));
    }

    public ValueTask DisposeAsync() => _builder.BuildUntested().DisposeAsync();
}
