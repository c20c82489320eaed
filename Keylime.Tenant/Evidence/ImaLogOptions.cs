using System.CommandLine;
using System.Text.Json.Nodes;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary>Options of the verbs about IMA lists, and what the verbs have in common.</summary>
internal sealed class ImaLogOptions
{
    private readonly Option<string> _log = new("--log") { Description = "IMA list: ascii_runtime_measurements", HelpName = "FILE", Required = true };
    private readonly Option<ReadOnlyMemory<byte>?> _pcr = PcrArguments.CreateHex("--pcr", "Value of PCR 10 that the list must lead to (default: none, only the list itself is judged)");
    private readonly Option<TpmAlgorithm> _bank = PcrArguments.CreateBank();

    public void AddTo(Command command)
    {
        command.Options.Add(_log);
        command.Options.Add(_pcr);
        command.Options.Add(_bank);
    }

    public byte[] ReadLog(ParseResult arguments) => InputFile.Read(arguments.GetValue(_log)!);

    /// <summary>Judges the list; without a value of PCR 10, by the one that it leads to itself.</summary>
    public EvidenceResult Appraise(ParseResult arguments, byte[] log, RuntimePolicy? policy, ImaKeyring keys, bool violationsFail, JsonObject details)
    {
        var bank = arguments.GetValue(_bank);
        var pcr = arguments.GetValue(_pcr);
        if (pcr is { } given) PcrArguments.Check("--pcr", given.Span, bank);
        var result = ImaListAppraisal.Appraise(log, null, bank, (pcr ?? ImaListReplay.Replay(log, bank)).Span, policy, keys, violationsFail, new(TimeProvider.System));
        details["entries"] = ImaListReplay.CountEntries(log);
        if (result.Position is { } position)
        {
            details["matchedEntries"] = position.NextEntry;
            details["entriesAhead"] = position.Lag;
            details["padsSha1"] = position.PadsSha1;
        }
        return EvidenceResult.Judge(result.Failures, details, result.FailureCount);
    }
}
