using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Registrations;

/// <summary><c>registration status ID...</c></summary>
internal static class RegistrationStatus
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var command = new Command("status", "Show agents as they registered; exit code 1 when one has not") { ids };
        servers.SetAction(command, async (verb, ct) =>
        {
            var rows = new List<RegistrationRow>();
            var areAllThere = true;
            foreach (var id in verb.Arguments.GetValue(ids)!)
                if (await verb.Session.FindRegistrationAsync(id, ct) is { } registration) rows.Add(RegistrationRow.From(id.Value, registration));
                else
                {
                    verb.Session.Log.WriteLine($"ERROR: agent {id} is not registered");
                    areAllThere = false;
                }
            verb.Report.Write(rows, TenantJson.Default.IReadOnlyListRegistrationRow, RegistrationRow.Columns);
            return areAllThere ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }
}
