using System.Globalization;
using System.Text.Json;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.MeasuredBoot.Reference;
using Keylime.Testing;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.MeasuredBoot;

/// <summary>Published and mutated boot logs, and the verdicts of Keylime's example policy over them.</summary>
public sealed class BootLogVectorTests
{
    [VectorFact]
    public void Logs_are_read_or_refused_as_their_manifest_says() =>
        Assert.All(Logs(), log => Assert.Equal(log.IsGood, BootLog.TryParse(Vectors.Read(log.Path), out _, out _)));

    [VectorFact]
    public void Logs_replay_to_the_values_of_their_manifest() => Assert.All(Logs().Where(log => log.IsGood && log.Pcrs.ValueKind == JsonValueKind.Object), vector =>
    {
        Assert.True(BootLog.TryParse(Vectors.Read(vector.Path), out var log, out _));
        foreach (var bank in vector.Pcrs.EnumerateObject())
        {
            Assert.True(TpmHash.TryParseHashName(bank.Name, out var hash), bank.Name);
            var replayed = BootLogReplay.Replay(log, hash).OrderBy(pcr => pcr.Key).Select(pcr => $"{pcr.Key}={Convert.ToHexStringLower(pcr.Value)}");
            var expected = bank.Value.EnumerateObject().OrderBy(pcr => int.Parse(pcr.Name, CultureInfo.InvariantCulture)).Select(pcr => $"{pcr.Name}={pcr.Value}");
            Assert.Equal(expected, replayed);
        }
    });

    [VectorFact]
    public void The_example_policy_judges_as_its_cases_say() => Assert.All(Vectors.ReadJson("mb-policy/cases.json").GetProperty("cases").EnumerateArray(), vector =>
    {
        Assert.True(BootLog.TryParse(Vectors.Read(vector.GetProperty("log").GetString()!), out var log, out _));
        var accepted = ReferenceState.TryParse(Vectors.ReadJson(vector.GetProperty("refstate").GetString()!), MeasuredBootEngine.Example, out var state, out _)
            && new ExamplePolicy(state, log, TpmAlgorithm.Sha256, new(TimeProvider.System)).Appraise() is null;
        Assert.Equal(vector.GetProperty("expected").GetProperty("accept").GetBoolean(), accepted);
    });

    private static IEnumerable<(string Path, bool IsGood, JsonElement Pcrs)> Logs() =>
        from file in Vectors.ReadJson("manifest.json").GetProperty("files").EnumerateArray()
        where file.GetProperty("kind").GetString() == "eventlog"
        let expected = file.GetProperty("expected")
        where expected.TryGetProperty("parses", out _) || expected.TryGetProperty("valid_structure", out _)
        let isGood = (expected.TryGetProperty("parses", out var good) ? good : expected.GetProperty("valid_structure")).GetBoolean()
        select (file.GetProperty("path").GetString()!, isGood, expected.GetProperty("pcrs"));
}
