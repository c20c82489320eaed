using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy runtime list</c></summary>
internal static class ListRuntimePolicies
{
    public static Command Create(ServerOptions servers)
    {
        var command = new Command("list", "Show the names of the runtime policies");
        servers.SetAction(command, async (verb, ct) =>
        {
            var list = (await (await verb.Session.VerifierAsync(ct)).ListRuntimePoliciesAsync(ct)).Get("listing runtime policies");
            verb.Show(list.Names, "No runtime policies.", TenantJson.Default.IReadOnlyListString, ("RUNTIME POLICY", name => name));
            return ExitCodes.Done;
        });
        return command;
    }
}
