using System.CommandLine;
using System.Text.Json.Nodes;
using Keylime.Attestation;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence bootlog replay</c>: the PCR values that a log leads to, beside those that are given.</summary>
internal static class ReplayBootLog
{
    public static EvidenceVerb Create()
    {
        var (log, bank, pcrs) = (BootLogFile.CreateOption(), PcrArguments.CreateBank(), PcrArguments.CreateValues());
        return new(new Command("replay", "Replay a log, and compare with the PCR values that are given") { log, bank, pcrs }, arguments =>
        {
            var parsed = BootLogFile.Read(arguments.GetValue(log)!);
            return EvidenceResult.Judge(Compare(parsed, arguments.GetValue(bank), arguments.GetValue(pcrs)!), Describe(parsed));
        });
    }

    /// <summary>What does not lead to the values.</summary>
    public static IReadOnlyList<AttestationFailure> Compare(BootLog log, TpmAlgorithm bank, Dictionary<int, byte[]> pcrs)
    {
        foreach (var value in pcrs.Values) PcrArguments.Check("--pcr", value, bank);
        if (!log.Banks.Contains(bank)) return [AttestationFailure.BootLogLacksBank(bank)];
        var replayed = BootLogReplay.Replay(log, bank);
        var failures = new List<AttestationFailure>();
        foreach (var (pcr, value) in pcrs.OrderBy(pcr => pcr.Key))
        {
            // A PCR that the log does not extend has its first value, which for those of a boot is zeros.
            var expected = replayed.TryGetValue(pcr, out var found) ? found : new byte[bank.DigestBytes()];
            if (!expected.AsSpan().SequenceEqual(value)) failures.Add(AttestationFailure.BootPcrMismatch(pcr, expected, value));
        }
        return failures;
    }

    private static JsonObject Describe(BootLog log)
    {
        var rows = log.Banks.Where(bank => bank.IsHash()).SelectMany(bank => BootLogReplay.Replay(log, bank).OrderBy(pcr => pcr.Key)
            .Select(pcr => new JsonObject { ["bank"] = bank.ToHashName(), ["pcr"] = pcr.Key, ["value"] = Convert.ToHexStringLower(pcr.Value) }));
        return new() { ["pcrs"] = new JsonArray([.. rows]) };
    }
}
