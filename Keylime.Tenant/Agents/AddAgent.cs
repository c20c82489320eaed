using System.CommandLine;
using Keylime.Protocol;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Agents;

/// <summary><c>agent add ID...</c></summary>
internal static class AddAgent
{
    public static Command Create(ServerOptions servers)
    {
        var ids = AgentIds.Create();
        var options = new EnrollmentOptions();
        var command = new Command("add", "Put registered agents under attestation, after checking their TPMs") { ids };
        options.AddTo(command);
        servers.SetAction(command, (verb, ct) => RunAsync(verb, verb.Arguments.GetValue(ids)!, options, (enrollment, id) => enrollment.AddAsync(id, ct), ct));
        return command;
    }

    /// <summary>Adds the agents side by side; one that cannot be added does not keep the others from it.</summary>
    internal static async Task<int> RunAsync(Verb verb, AgentId[] ids, EnrollmentOptions options, Func<Enrollment, AgentId, Task> add, CancellationToken ct)
    {
        var enrollment = new Enrollment(verb.Session, await options.ReadAsync(verb, ct));
        var added = await EachAgent.RunAsync(verb.Session.Log, ids, "added", id => add(enrollment, id), ct);
        var areGood = options.WaitFor(verb) is not { } timeout || await new AttestationWait(verb.Session, timeout).RunAsync(added, ct);
        foreach (var row in await AgentStatus.WriteAsync(verb, added, ct))
            if (row.Judged is []) verb.Session.Log.WriteLine($"warning: nothing of {row.Id} is judged: it passes with any files, boot and PCR values, as long as its TPM signs its quotes");
        return areGood && added.Count == ids.Length ? ExitCodes.Done : ExitCodes.Failed;
    }
}
