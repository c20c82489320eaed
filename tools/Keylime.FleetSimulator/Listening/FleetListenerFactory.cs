using System.Net;
using System.Net.Sockets;
using System.Text;
using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Faults;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Keylime.FleetSimulator.Listening;

/// <summary>One listening socket for all agents: a connection's local address says which of them it is for. Ten thousand sockets would take half of the
/// descriptors that a process may have, and the other half is connections.</summary>
internal sealed class FleetListenerFactory(AgentPopulation agents, FaultLog faults, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private const int Backlog = 4096;
    private const int SolSocket = 1, SoBindToDevice = 25;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Any address of the loopback device, and of no other: the agents' addresses need not be assigned, and nobody outside reaches them.
            if (IPAddress.IsLoopback(agents.All[0].Address)) socket.SetRawSocketOption(SolSocket, SoBindToDevice, Encoding.ASCII.GetBytes("lo\0"));
            socket.Bind(endpoint);
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new FleetException($"--port {((IPEndPoint)endpoint).Port}: cannot be listened on: {e.Message}");
        }
        return ValueTask.FromResult<IConnectionListener>(new FleetListener(socket, agents, faults, loggers));
    }

    private sealed class FleetListener(Socket socket, AgentPopulation agents, FaultLog faults, ILoggerFactory loggers) : IConnectionListener
    {
        private readonly SocketConnectionContextFactory _connections = new(new SocketConnectionFactoryOptions(), loggers.CreateLogger<FleetListener>());

        public EndPoint EndPoint => socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                Socket accepted;
                try { accepted = await socket.AcceptAsync(cancellationToken); }
                // Unbound, or stopped.
                catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted }) { return null; }
                // The peer went away before it was its turn.
                catch (SocketException) { continue; }
                if (agents.FindAt(accepted.LocalEndPoint) is not { } agent || IsDead(agent))
                {
                    Refuse(accepted);
                    continue;
                }
                accepted.NoDelay = true;
                var connection = _connections.Create(accepted);
                connection.Features.Set(agent);
                return connection;
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            _connections.Dispose();
            return ValueTask.CompletedTask;
        }

        private bool IsDead(SimulatedAgent agent)
        {
            if (agent.Fault != Fault.Dead) return false;
            faults.Announce(agent);
            return true;
        }

        /// <summary>Reset, as by a machine that has nothing on this port.</summary>
        private static void Refuse(Socket socket)
        {
            socket.LingerState = new(true, 0);
            socket.Dispose();
        }
    }
}
