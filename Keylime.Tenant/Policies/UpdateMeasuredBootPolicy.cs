using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy measured-boot update NAME FILE</c></summary>
internal static class UpdateMeasuredBootPolicy
{
    public static Command Create(ServerOptions servers)
    {
        var options = new MeasuredBootPolicyOptions();
        var command = new Command("update", "Replace a measured-boot policy");
        options.AddTo(command);
        servers.SetAction(command, async (verb, ct) =>
        {
            var request = options.Read(verb);
            (await (await verb.Session.VerifierAsync(ct)).UpdateMeasuredBootPolicyAsync(options.Name(verb), request, ct)).Get($"updating measured-boot policy {options.Name(verb)}");
            return ExitCodes.Done;
        });
        return command;
    }
}
