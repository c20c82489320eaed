using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keylime.Load.Fleet;

/// <summary>A line that the fleet simulator writes with <c>--json</c>. Which members there are depends on <see cref="Event"/>; times are in seconds.</summary>
internal sealed record FleetEvent
{
    public required string Event { get; init; }
    public double? Seconds { get; init; }
    /// <summary>Unix time.</summary>
    public double? At { get; init; }
    /// <summary>Served since the start (<c>tick</c>), or since the last reset (<c>report</c>).</summary>
    public long? Quotes { get; init; }
    public double? PerSecond { get; init; }
    /// <summary>Between two quotes of one agent.</summary>
    public Spread? GapSeconds { get; init; }
    /// <summary>Agents that nobody has asked yet.</summary>
    public int? Waiting { get; init; }
    public FleetDeadlines? PerAgent { get; init; }
    public string? Agent { get; init; }
    public string? Fault { get; init; }
    public string? Name { get; init; }
    /// <summary>Agents of a mark that were not asked again in time.</summary>
    public IReadOnlyList<string>? Missing { get; init; }
    /// <summary>Of a mark: each agent's time from its last quote before the mark to its first one after it.</summary>
    public IReadOnlyList<double>? Gaps { get; init; }
    /// <summary>Of a mark: each agent's time from the mark to its first quote after it.</summary>
    public IReadOnlyList<double>? Returns { get; init; }
    public IReadOnlyList<string>? Ids { get; init; }
    /// <summary>Of the first agent; the others have those that follow.</summary>
    public string? FirstAddress { get; init; }
    /// <summary>Of all agents.</summary>
    public int? Port { get; init; }
    public string? Message { get; init; }

    /// <summary><c>ADDRESS:PORT</c> of the first agents, from the event of the start.</summary>
    public IReadOnlyList<string> Addresses(int agents)
    {
        if (!IPAddress.TryParse(FirstAddress, out var first) || first.AddressFamily != AddressFamily.InterNetwork || Port is not { } port) return [];
        var number = BinaryPrimitives.ReadUInt32BigEndian(first.GetAddressBytes());
        return [.. Enumerable.Range(0, agents).Select(i =>
        {
            var address = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(address, number + (uint)i);
            return new IPEndPoint(new IPAddress(address), port).ToString();
        })];
    }

    public static FleetEvent? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, FleetJson.Default.FleetEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How many gaps were longer than two intervals.</summary>
internal sealed record FleetDeadlines(long MissedDeadlines);

/// <summary>Percentiles; null where there was nothing to measure.</summary>
internal sealed record Spread(double? P50, double? P99, double? Max);

/// <summary>A line that the fleet simulator reads.</summary>
internal sealed record FleetCommand(string Command)
{
    public string? Fault { get; init; }
    public IReadOnlyList<string>? Agents { get; init; }
    public int? Count { get; init; }
    public string? Name { get; init; }
    public double? TimeoutSeconds { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FleetEvent))]
[JsonSerializable(typeof(FleetCommand))]
internal sealed partial class FleetJson : JsonSerializerContext;
