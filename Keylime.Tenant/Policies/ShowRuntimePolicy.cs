using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy runtime show NAME</c></summary>
internal static class ShowRuntimePolicy
{
    public static Command Create(ServerOptions servers)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the policy" };
        var command = new Command("show", "Write a runtime policy to standard output, as it was uploaded") { name };
        servers.SetAction(command, async (verb, ct) =>
        {
            var policy = verb.Arguments.GetValue(name)!;
            verb.Report.WriteJson((await (await verb.Session.VerifierAsync(ct)).FindRuntimePolicyAsync(policy, ct)).Get($"reading runtime policy {policy}").RuntimePolicy);
            return ExitCodes.Done;
        });
        return command;
    }
}
