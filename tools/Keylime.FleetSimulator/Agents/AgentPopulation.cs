using System.Buffers.Binary;
using System.Net;

namespace Keylime.FleetSimulator.Agents;

/// <summary>All agents, by number, by id, and by the address that a peer connected to.</summary>
internal sealed class AgentPopulation
{
    private readonly SimulatedAgent[] _agents;
    private readonly Dictionary<string, SimulatedAgent> _byId;
    private readonly uint _firstAddress;

    public AgentPopulation(SimulatedAgent[] agents)
    {
        _agents = agents;
        _byId = agents.ToDictionary(agent => agent.Id.Value, StringComparer.Ordinal);
        _firstAddress = NumberOf(agents[0].Address);
    }

    public IReadOnlyList<SimulatedAgent> All => _agents;

    public SimulatedAgent? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The agent that listens there; null for an address of none.</summary>
    public SimulatedAgent? FindAt(EndPoint? local)
    {
        if (local is not IPEndPoint { AddressFamily: System.Net.Sockets.AddressFamily.InterNetwork } endpoint) return null;
        var number = NumberOf(endpoint.Address) - _firstAddress;
        return number < _agents.Length ? _agents[number] : null;
    }

    /// <summary>Address number <paramref name="offset"/> after the first one.</summary>
    public static IPAddress AddressAt(IPAddress first, int offset)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, NumberOf(first) + (uint)offset);
        return new(bytes);
    }

    /// <summary>Whether that many addresses follow without leaving the loopback network or the address space; the last of all is a broadcast address.</summary>
    public static bool HasAddresses(IPAddress first, int count)
    {
        var last = NumberOf(first) + (ulong)count - 1;
        return last < uint.MaxValue && IPAddress.IsLoopback(first) == (last >> 24 == 127);
    }

    private static uint NumberOf(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
}
