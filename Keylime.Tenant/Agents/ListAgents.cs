using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Agents;

/// <summary><c>agent list</c></summary>
internal static class ListAgents
{
    public static Command Create(ServerOptions servers)
    {
        var verifierId = new Option<string?>("--verifier-id") { Description = "Only agents that were added under this verifier id", HelpName = "ID" };
        var command = new Command("list", "Show all agents of the verifier") { verifierId };
        servers.SetAction(command, async (verb, ct) =>
        {
            var answer = await (await verb.Session.VerifierAsync(ct)).ListStatesAsync(verb.Arguments.GetValue(verifierId), ct);
            AgentRow[] rows = [.. answer.Get("listing agents").OrderBy(agent => agent.Key, StringComparer.Ordinal).Select(agent => AgentRow.From(agent.Key, agent.Value))];
            verb.Show(rows, "No agents.", TenantJson.Default.IReadOnlyListAgentRow, AgentRow.Columns);
            return ExitCodes.Done;
        });
        return command;
    }
}
