using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Keylime.Attestation;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence bootlog appraise</c>: a log by a measured-boot reference state.</summary>
internal static class AppraiseBootLog
{
    public static EvidenceVerb Create()
    {
        var (log, bank, pcrs) = (BootLogFile.CreateOption(), PcrArguments.CreateBank(), PcrArguments.CreateValues());
        var policy = new Option<string>("--policy") { Description = "Measured-boot reference state", HelpName = "FILE", Required = true };
        var engine = CreateEngineOption();
        return new(new Command("appraise", "Judge a log by a reference state, and compare with the PCR values that are given") { log, policy, engine, bank, pcrs }, arguments =>
        {
            var reference = PolicyFile.ReadMeasuredBootPolicy(arguments.GetValue(policy)!, arguments.GetValue(engine));
            // Unlike when it is shown, a log that cannot be read is evidence here, and bad evidence.
            if (!BootLog.TryParse(InputFile.ReadBinary(arguments.GetValue(log)!), out var parsed, out var error)) return EvidenceResult.Judge([AttestationFailure.BootLogUnreadable(error)], []);
            List<AttestationFailure> failures = [.. ReplayBootLog.Compare(parsed, arguments.GetValue(bank), arguments.GetValue(pcrs)!)];
            if (reference.Appraise(parsed, arguments.GetValue(bank), new(TimeProvider.System)) is { } finding) failures.Add(AttestationFailure.BootRejected(reference.Engine, finding, arguments.GetValue(bank)));
            return EvidenceResult.Judge(failures, new JsonObject { ["engine"] = reference.Engine.Name(), ["events"] = parsed.Events.Count });
        });
    }

    public static Option<MeasuredBootEngine> CreateEngineOption() => new("--engine")
    {
        Description = "Who judges: example, uki, accept-all or reject-all (default: example)",
        HelpName = "NAME",
        CustomParser = ReadEngine,
        DefaultValueFactory = _ => MeasuredBootEngine.Example,
    };

    private static MeasuredBootEngine ReadEngine(ArgumentResult argument)
    {
        if (argument.Tokens.Count == 0) return MeasuredBootEngine.Example;
        if (!MeasuredBootEngines.TryParse(argument.Tokens[0].Value, out MeasuredBootEngine engine)) argument.AddError($"'{argument.Tokens[0].Value}' is no engine: example, uki, accept-all or reject-all");
        return engine;
    }
}
