using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Registrations;

/// <summary><c>registration list</c></summary>
internal static class ListRegistrations
{
    public static Command Create(ServerOptions servers)
    {
        var command = new Command("list", "Show the ids of all registered agents");
        servers.SetAction(command, async (verb, ct) =>
        {
            var list = (await (await verb.Session.RegistrarAsync(ct)).ListAgentsAsync(ct)).Get("listing registrations");
            verb.Show([.. list.Uuids.Order(StringComparer.Ordinal)], "No registrations.", TenantJson.Default.IReadOnlyListString, ("AGENT", id => id));
            return ExitCodes.Done;
        });
        return command;
    }
}
