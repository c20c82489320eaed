using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy measured-boot add NAME FILE</c></summary>
internal static class AddMeasuredBootPolicy
{
    public static Command Create(ServerOptions servers)
    {
        var options = new MeasuredBootPolicyOptions();
        var command = new Command("add", "Upload a measured-boot policy under a new name");
        options.AddTo(command);
        servers.SetAction(command, async (verb, ct) =>
        {
            var request = options.Read(verb);
            (await (await verb.Session.VerifierAsync(ct)).AddMeasuredBootPolicyAsync(options.Name(verb), request, ct)).Get($"adding measured-boot policy {options.Name(verb)}");
            return ExitCodes.Done;
        });
        return command;
    }
}
