using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy measured-boot list</c></summary>
internal static class ListMeasuredBootPolicies
{
    public static Command Create(ServerOptions servers)
    {
        var command = new Command("list", "Show the names of the measured-boot policies");
        servers.SetAction(command, async (verb, ct) =>
        {
            var list = (await (await verb.Session.VerifierAsync(ct)).ListMeasuredBootPoliciesAsync(ct)).Get("listing measured-boot policies");
            verb.Show(list.Names, "No measured-boot policies.", TenantJson.Default.IReadOnlyListString, ("MEASURED-BOOT POLICY", name => name));
            return ExitCodes.Done;
        });
        return command;
    }
}
