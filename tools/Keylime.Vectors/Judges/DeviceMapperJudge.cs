using System.Text.Json;
using Keylime.Attestation.Ima.DeviceMapper;
using Keylime.Attestation.Policies.DeviceMapper;

namespace Keylime.Vectors.Judges;

/// <summary>Device-mapper measurements: single ones are read, scenarios followed with their policy.</summary>
internal static class DeviceMapperJudge
{
    public static IEnumerable<Judgement> Judge(VectorTree tree, VectorFile file)
    {
        var root = tree.ReadJson(file.Path);
        return root.Find("scenarios") is not null
            ? JudgedCases.Each(file, root.Items("scenarios"), (id, scenario) => JudgeScenario(id, root.Member("policies"), scenario))
            : JudgedCases.Each(file, root.AsObject("the file"), (id, entry) => [JudgeEntry(id, entry)]);
    }

    public static IEnumerable<Judgement> JudgePolicies(VectorTree tree, VectorFile file) => JudgedCases.Each(file, tree.ReadJson(file.Path).AsObject("the file"),
        (id, policy) => [Judgement.Of(id, expected: true, DeviceMapperPolicy.TryRead(policy, "$", out _, out var fault), fault?.ToString())]);

    private static Judgement JudgeEntry(string id, JsonElement entry)
    {
        var (kind, buffer, _) = Split(entry.Text("line"));
        return Judgement.Of(id, entry.Flag("keylime_parses"), DeviceMapperEvent.TryParse(kind, buffer, out _, out var fault), fault);
    }

    private static IEnumerable<Judgement> JudgeScenario(string id, JsonElement policies, JsonElement scenario)
    {
        if (!DeviceMapperPolicy.TryRead(policies.Member(scenario.Text("policy")), "$", out var policy, out var fault)) throw new VectorFormatException(fault.ToString());
        var appraisal = new DeviceMapperAppraisal(policy, DeviceMapperState.Empty, new(TimeProvider.System));
        var entries = scenario.Texts("entries").Select(Split).ToList();
        var seen = entries.Select((entry, number) => Show(appraisal.Appraise(number, entry.Kind, entry.Buffer, entry.Digest).Select(failure => failure.EventId))).ToList();
        var expected = scenario.Member("expected");
        yield return Judgement.OfValue(id, string.Join("; ", expected.Items("failures_per_entry").Select(list => Show(list.AsList("failures_per_entry").Texts("failures_per_entry")))), string.Join("; ", seen));
        if (expected.Find("final_invalid") is not null) yield return Judgement.OfValue($"{id} at its end", Show(expected.Texts("final_invalid")), Show(appraisal.FindUnfinished().Select(failure => failure.EventId)));
    }

    private static string Show(IEnumerable<string> eventIds) => string.Join(" ", eventIds.Order(StringComparer.Ordinal)) is { Length: > 0 } shown ? shown : "nothing";

    private static (string Kind, byte[] Buffer, string Digest) Split(string line)
    {
        var fields = line.Split(' ');
        var buffer = new byte[fields.Length == 6 ? fields[5].Length / 2 : 0];
        return fields.Length == 6 && fields[5].Length % 2 == 0 && Convert.FromHexString(fields[5], buffer, out _, out _) == System.Buffers.OperationStatus.Done
            ? (fields[4], buffer, fields[3])
            : throw new VectorFormatException("an entry is not a line of ima-buf");
    }
}
