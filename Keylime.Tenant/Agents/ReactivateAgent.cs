using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Agents;

/// <summary><c>agent reactivate ID...</c></summary>
internal static class ReactivateAgent
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var command = new Command("reactivate", "Attest agents again that failed or were stopped") { ids };
        servers.SetAction(command, async (verb, ct) =>
        {
            var agents = verb.Arguments.GetValue(ids)!;
            var done = await EachAgent.RunAsync(verb.Session.Log, agents, "reactivated",
                async id => (await (await verb.Session.VerifierAsync(ct)).ReactivateAgentAsync(id, ct)).Get($"reactivating agent {id}"), ct);
            return done.Count == agents.Length ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
