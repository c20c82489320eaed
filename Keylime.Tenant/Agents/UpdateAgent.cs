using System.CommandLine;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Agents;

/// <summary><c>agent update ID...</c></summary>
internal static class UpdateAgent
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var options = new EnrollmentOptions();
        var command = new Command("update", "Replace what the verifier knows of agents: remove them and add them again") { ids };
        options.AddTo(command);
        servers.SetAction(command, (verb, ct) => AddAgent.RunAsync(verb, verb.Arguments.GetValue(ids)!, options, async (enrollment, id) =>
        {
            // Only an agent that can be added again is removed.
            await enrollment.DemandRegistrationAsync(id, ct);
            await Removal.RemoveAsync(verb.Session, id, ct);
            await enrollment.AddAsync(id, ct);
        }, ct));
        return command;
    }
}
