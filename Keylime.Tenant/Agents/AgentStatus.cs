using System.CommandLine;
using Keylime.Protocol;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Agents;

/// <summary><c>agent status ID...</c></summary>
internal static class AgentStatus
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var command = new Command("status", "Show how agents stand; exit code 1 when one is not at the verifier") { ids };
        servers.SetAction(command, async (verb, ct) => (await WriteAsync(verb, verb.Arguments.GetValue(ids)!, ct)).TrueForAll(row => row.State != AgentRow.AbsentState)
            ? ExitCodes.Done : ExitCodes.Failed);
        return command;
    }

    /// <returns>What was written.</returns>
    internal static async Task<List<AgentRow>> WriteAsync(Verb verb, IReadOnlyList<AgentId> ids, CancellationToken ct)
    {
        var rows = new List<AgentRow>();
        foreach (var id in ids) rows.Add(await verb.Session.FindStateAsync(id, ct) is { } state ? AgentRow.From(id.Value, state) : AgentRow.Absent(id));
        verb.Report.Write(rows, TenantJson.Default.IReadOnlyListAgentRow, AgentRow.Columns);
        return rows;
    }
}
