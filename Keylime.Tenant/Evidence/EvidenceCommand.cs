using System.CommandLine;
using System.CommandLine.Parsing;
using Keylime.Tenant.CommandLine;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence</c>: judges evidence offline, by the functions that the verifier judges it by.</summary>
internal static class EvidenceCommand
{
    public static Command Create(TenantEnvironment environment)
    {
        var output = OutputOption.Create("How the result is written to standard output (default: json)");
        output.Recursive = true;
        var batch = new Option<string?>("--batch") { Description = "Many cases in one process: a JSON object a line, {\"verb\":\"quote check\",\"quote\":\"FILE\",...}; a result a line", HelpName = "FILE" };
        var verbs = new Dictionary<string, EvidenceVerb>();
        var evidence = new Command("evidence", "Judge evidence from files, without a server; exit code 0 trusted, 6 not trusted, 2 unreadable")
        {
            Group("quote", "Quotes of TPMs", verbs, CheckQuote.Create()),
            Group("ima", "IMA lists", verbs, ReplayImaList.Create(), AppraiseImaList.Create()),
            Group("bootlog", "Boot logs", verbs, ShowBootLog.Create(), ReplayBootLog.Create(), AppraiseBootLog.Create()),
            Group("policy", "Policies", verbs, ValidatePolicy.Create(), ConvertPolicy.Create(), SignPolicy.Create(), VerifyPolicy.Create(), CreatePolicy.Create()),
            Group("ek", "Endorsement keys", verbs, VerifyEndorsement.Create()),
            Group("idevid", "Device identities: IDevID and IAK", verbs, VerifyDeviceIdentity.Create()),
            Group("credential", "Credentials, which prove that two keys are in one TPM", verbs, MakeCredentialFile.Create(), OpenCredentialFile.Create()),
        };
        var appraise = AppraiseEvidence.Create();
        evidence.Subcommands.Add(appraise.Command);
        verbs.Add(appraise.Command.Name, appraise);
        evidence.Options.Add(batch);
        evidence.Options.Add(output);
        foreach (var verb in verbs.Values)
            verb.Command.SetAction((arguments, ct) => EvidenceErrors.ReportAsync(environment.Error, async () =>
            {
                var result = await verb.RunAsync(arguments, ct);
                new EvidenceReport(environment.Output, arguments.GetValue(output) ?? OutputFormat.Json).Write(result);
                return result.ExitCode;
            }));
        evidence.SetAction((arguments, ct) => EvidenceErrors.ReportAsync(environment.Error, () =>
            new EvidenceBatch(verbs, environment.Output).RunAsync(arguments.GetValue(batch) ?? throw new UserErrorException("a verb or --batch is required; try --help"), ct)));
        return evidence;
    }

    private static Command Group(string name, string description, Dictionary<string, EvidenceVerb> verbs, params EvidenceVerb[] members)
    {
        var group = new Command(name, description);
        foreach (var member in members)
        {
            group.Subcommands.Add(member.Command);
            verbs.Add($"{name} {member.Command.Name}", member);
        }
        return group;
    }
}
