using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Agents;

/// <summary><c>agent stop ID...</c></summary>
internal static class StopAgent
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var command = new Command("stop", "Stop attesting agents without forgetting them") { ids };
        servers.SetAction(command, async (verb, ct) =>
        {
            var agents = verb.Arguments.GetValue(ids)!;
            var done = await EachAgent.RunAsync(verb.Session.Log, agents, "stopped",
                async id => (await (await verb.Session.VerifierAsync(ct)).StopAgentAsync(id, ct)).Get($"stopping agent {id}"), ct);
            return done.Count == agents.Length ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
