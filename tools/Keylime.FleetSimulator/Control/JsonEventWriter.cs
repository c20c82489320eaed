using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keylime.FleetSimulator.Control;

/// <summary>One JSON object a line; its first member is <c>event</c>.</summary>
internal sealed class JsonEventWriter(TextWriter output) : IEventWriter
{
    private readonly Lock _gate = new();

    public void Write(FleetEvent what)
    {
        var name = what.GetType().Name;
        var line = new JsonObject { ["event"] = name[..^"Event".Length].ToLowerInvariant() };
        foreach (var (member, value) in JsonSerializer.SerializeToNode(what, FleetJson.Default.GetTypeInfo(what.GetType())!)!.AsObject()) line[member] = value?.DeepClone();
        lock (_gate)
        {
            output.WriteLine(line.ToJsonString());
            output.Flush();
        }
    }
}
