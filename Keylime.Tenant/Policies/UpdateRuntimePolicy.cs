using System.CommandLine;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Policies;

/// <summary><c>policy runtime update NAME FILE</c></summary>
internal static class UpdateRuntimePolicy
{
    public static Command Create(ServerOptions servers)
    {
        var options = new RuntimePolicyOptions();
        var command = new Command("update", "Replace a runtime policy; its agents are judged by the new one from their next attestation on");
        options.AddTo(command);
        servers.SetAction(command, async (verb, ct) =>
        {
            var request = await options.ReadAsync(verb, ct);
            (await (await verb.Session.VerifierAsync(ct)).UpdateRuntimePolicyAsync(options.Name(verb), request, ct)).Get($"updating runtime policy {options.Name(verb)}");
            return ExitCodes.Done;
        });
        return command;
    }
}
