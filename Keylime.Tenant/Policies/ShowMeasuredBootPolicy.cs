using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy measured-boot show NAME</c></summary>
internal static class ShowMeasuredBootPolicy
{
    public static Command Create(ServerOptions servers)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the policy" };
        var command = new Command("show", "Write a measured-boot policy to standard output, as it was uploaded") { name };
        servers.SetAction(command, async (verb, ct) =>
        {
            var policy = verb.Arguments.GetValue(name)!;
            verb.Report.WriteJson((await (await verb.Session.VerifierAsync(ct)).FindMeasuredBootPolicyAsync(policy, ct)).Get($"reading measured-boot policy {policy}").MbPolicy);
            return ExitCodes.Done;
        });
        return command;
    }
}
