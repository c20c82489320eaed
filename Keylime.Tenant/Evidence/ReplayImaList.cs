using System.CommandLine;
using System.Text.Json.Nodes;
using Keylime.Attestation.Ima;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence ima replay</c>: where a list leads to in each bank, and whether it does lead to a value of PCR 10.</summary>
internal static class ReplayImaList
{
    private static readonly TpmAlgorithm[] Banks = [TpmAlgorithm.Sha1, TpmAlgorithm.Sha256, TpmAlgorithm.Sha384, TpmAlgorithm.Sha512];

    public static EvidenceVerb Create()
    {
        var options = new ImaLogOptions();
        var command = new Command("replay", "Replay a list to PCR 10; every entry must have the template hash of its data");
        options.AddTo(command);
        return new(command, arguments =>
        {
            var log = options.ReadLog(arguments);
            var values = Banks.Select(bank => Row(log, bank, padsSha1: false)).Append(Row(log, TpmAlgorithm.Sha256, padsSha1: true));
            return options.Appraise(arguments, log, null, ImaKeyring.Empty, violationsFail: false, new() { ["pcr10"] = new JsonArray([.. values]) });
        });
    }

    private static JsonObject Row(byte[] log, TpmAlgorithm bank, bool padsSha1) => new()
    {
        ["bank"] = bank.ToHashName(),
        ["kernel"] = padsSha1 ? "before 5.8" : "5.8 and later",
        ["value"] = Convert.ToHexStringLower(ImaListReplay.Replay(log, bank, padsSha1)),
    };
}
