using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy runtime remove NAME</c></summary>
internal static class RemoveRuntimePolicy
{
    public static Command Create(ServerOptions servers)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the policy" };
        var command = new Command("remove", "Delete a runtime policy that no agent uses") { name };
        servers.SetAction(command, async (verb, ct) =>
        {
            var policy = verb.Arguments.GetValue(name)!;
            (await (await verb.Session.VerifierAsync(ct)).DeleteRuntimePolicyAsync(policy, ct)).Get($"removing runtime policy {policy}");
            return ExitCodes.Done;
        });
        return command;
    }
}
