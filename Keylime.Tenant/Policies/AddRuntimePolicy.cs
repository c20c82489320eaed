using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy runtime add NAME FILE</c></summary>
internal static class AddRuntimePolicy
{
    public static Command Create(ServerOptions servers)
    {
        var options = new RuntimePolicyOptions();
        var command = new Command("add", "Upload a runtime policy under a new name");
        options.AddTo(command);
        servers.SetAction(command, async (verb, ct) =>
        {
            var request = await options.ReadAsync(verb, ct);
            (await (await verb.Session.VerifierAsync(ct)).AddRuntimePolicyAsync(options.Name(verb), request, ct)).Get($"adding runtime policy {options.Name(verb)}");
            return ExitCodes.Done;
        });
        return command;
    }
}
