using System.CommandLine;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Agents;

/// <summary><c>agent remove ID...</c></summary>
internal static class RemoveAgent
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var command = new Command("remove", "End the attestation of agents; they stay registered") { ids };
        servers.SetAction(command, async (verb, ct) =>
        {
            var agents = verb.Arguments.GetValue(ids)!;
            var removed = await EachAgent.RunAsync(verb.Session.Log, agents, "removed", id => Removal.RemoveAsync(verb.Session, id, ct), ct);
            return removed.Count == agents.Length ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
