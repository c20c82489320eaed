using System.Text.Json;
using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Statistics;

namespace Keylime.FleetSimulator.Control;

/// <summary>Carries out commands. What is wrong with one is told as an event, and changes nothing.</summary>
internal sealed class CommandExecution(AgentPopulation agents, FleetStatistics statistics, TimeSpan slowness, IEventWriter events, TimeProvider time)
{
    private const double DefaultTimeoutSeconds = 60, MaxSeconds = 86_400;

    /// <returns>False for <c>stop</c>.</returns>
    public bool Execute(string line)
    {
        CommandMessage? message;
        try { message = JsonSerializer.Deserialize(line, FleetJson.Default.CommandMessage); }
        catch (JsonException e)
        {
            Refuse($"not a command in JSON{(e.Path is { Length: > 1 } path ? $": {path[2..]} has the wrong type" : "")}");
            return true;
        }
        switch (message?.Command)
        {
            case "stop": return false;
            case "inject": Inject(message); break;
            case "heal": Heal(message); break;
            case "mark": Mark(message); break;
            case "reset": statistics.Reset(); break;
            case "report": Report(); break;
            case "list": events.Write(new AgentsEvent([.. agents.All.Select(agent => agent.Id.Value)])); break;
            case null: Refuse("command is missing"); break;
            default: Refuse("command is none of inject, heal, mark, reset, report, list, stop"); break;
        }
        return true;
    }

    private void Inject(CommandMessage message)
    {
        if (!FaultNames.TryParse(message.Fault, out var fault)) Refuse($"inject: fault is none of {string.Join(", ", FaultNames.All)}");
        else if (message.Seconds is < 0 or > MaxSeconds) Refuse($"inject: seconds is from 0 to {MaxSeconds}");
        else if (Select(message) is { } chosen)
            foreach (var agent in chosen) agent.Inject(fault, message.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : slowness);
    }

    private void Heal(CommandMessage message)
    {
        if (message.Agents is null) Refuse("heal: agents is missing");
        else if (Find("heal", message.Agents) is { } chosen)
            foreach (var agent in chosen) agent.Heal();
    }

    private void Mark(CommandMessage message)
    {
        if (message.Name is not { Length: > 0 } name) Refuse("mark: name is missing");
        else if (message.TimeoutSeconds is < 0 or > MaxSeconds) Refuse($"mark: timeoutSeconds is from 0 to {MaxSeconds}");
        else if ((message.Agents is null ? agents.All.Where(agent => agent.Fault == Fault.None) : Find("mark", message.Agents)) is { } chosen)
            Mark(name, chosen, (long)((message.TimeoutSeconds ?? DefaultTimeoutSeconds) * time.TimestampFrequency));
    }

    private void Mark(string name, IEnumerable<SimulatedAgent> chosen, long timeout)
    {
        var now = time.GetTimestamp();
        statistics.Add(new(name, chosen, now, now + timeout));
    }

    private void Report()
    {
        var (gaps, quotes, missed) = statistics.Report();
        events.Write(new ReportEvent(gaps, quotes, new(missed)));
    }

    private List<SimulatedAgent>? Select(CommandMessage message)
    {
        if (message.Agents is { } ids && message.Count is null) return Find("inject", ids);
        if (message.Agents is not null || message.Count is not { } count)
        {
            Refuse("inject: either agents or count");
            return null;
        }
        var healthy = agents.All.Where(agent => agent.Fault == Fault.None).ToArray();
        if (count >= 1 && count <= healthy.Length)
        {
            Random.Shared.Shuffle(healthy);
            return [.. healthy.Take(count)];
        }
        Refuse($"inject: count is from 1 to {healthy.Length}, the healthy agents");
        return null;
    }

    private List<SimulatedAgent>? Find(string command, IReadOnlyList<string> ids)
    {
        var found = new List<SimulatedAgent>();
        foreach (var id in ids)
        {
            if (id is null || agents.Find(id) is not { } agent)
            {
                Refuse($"{command}: agents: '{Shown(id)}' is no agent of this fleet");
                return null;
            }
            found.Add(agent);
        }
        return found;
    }

    private void Refuse(string message) => events.Write(new ErrorEvent(message));

    private static string Shown(string? id) => id is null ? "null" : id.Length <= 80 ? id : id[..80] + "...";
}
