using System.CommandLine;
using Keylime.Tenant.Agents;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Registrations;

/// <summary><c>registration remove ID...</c></summary>
internal static class RemoveRegistration
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var command = new Command("remove", "Forget registrations, so that the ids may come back with other TPMs") { ids };
        servers.SetAction(command, async (verb, ct) =>
        {
            var agents = verb.Arguments.GetValue(ids)!;
            var done = await EachAgent.RunAsync(verb.Session.Log, agents, "unregistered",
                async id => (await (await verb.Session.RegistrarAsync(ct)).DeleteAgentAsync(id, ct)).Get($"removing the registration of agent {id}"), ct);
            return done.Count == agents.Length ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
