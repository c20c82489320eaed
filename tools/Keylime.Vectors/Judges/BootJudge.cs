using System.Globalization;
using System.Text.Json;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Vectors.Judges;

/// <summary>Boot logs: read, replayed in every bank, and judged by Keylime's example policy.</summary>
internal static class BootJudge
{
    // What the manifest says of a policy that Keylime itself cannot use.
    private const string CannotBeUsed = "EXC";

    public static IEnumerable<Judgement> JudgeLog(VectorTree tree, VectorFile file)
    {
        // Logs of a bundle have their values there; that they can be read shows here.
        if ((file.Flag("parses") ?? file.Flag("valid_structure") ?? file.Flag("valid") ?? (file.Text("see") is null ? null : true)) is not { } expected)
        {
            yield return Judgement.Skip(file.Path, "the manifest gives no verdict");
            yield break;
        }
        var isRead = BootLog.TryParse(tree.Read(file.Path), out var log, out var error);
        yield return Judgement.Of(file.Path, expected, isRead, error.ToString());
        if (!isRead || !expected) yield break;
        foreach (var judgement in JudgeShape(file, log).Concat(JudgeReplay(file, log, "pcrs")).Concat(JudgeReplay(file, log, "origin_expected_pcrs"))) yield return judgement;
    }

    public static IEnumerable<Judgement> JudgePolicyCases(VectorTree tree, VectorFile file)
    {
        var root = tree.ReadJson(file.Path);
        var engine = root.FindText("policy") ?? "example";
        if (!MeasuredBootEngines.TryParse(engine, out MeasuredBootEngine judge)) return [Judgement.Skip(file.Path, $"of the engine {engine}, which is not known here")];
        return JudgedCases.Each(file, root.Items("cases"), (id, vector) => [JudgePolicyCase(tree, file.Folder, id, vector, judge)]);
    }

    /// <summary>A reference state by itself: whether it can be used at all, as the cases say that name it; and whether the log that it was made of leads to it here.</summary>
    public static IEnumerable<Judgement> JudgeReferenceState(VectorTree tree, VectorFile file)
    {
        var text = tree.ReadText(file.Path);
        var reasons = ReasonsOf(tree, file.Path).ToList();
        var expected = file.Flag("valid") ?? !reasons.Exists(reason => reason.StartsWith(CannotBeUsed, StringComparison.Ordinal));
        yield return Judgement.Of(file.Path, expected, MeasuredBootPolicy.TryParse(text, MeasuredBootEngine.Example, out _, out var fault), fault?.ToString());
        // Those without this member were edited afterwards.
        if (file.Flag("has_secureboot") is null || file.Text("source_log") is not { } source) yield break;
        if (!BootLog.TryParse(tree.Read(tree.Near(file.Folder, source)), out var log, out var error)) throw new VectorFormatException($"{source}: {error}");
        var made = ReferenceStateWriter.Write(log);
        yield return Judgement.Of($"{file.Path}#made of its log", expected: true, JsonElement.DeepEquals(tree.ReadJson(file.Path), JsonSerializer.Deserialize<JsonElement>(made)), "another reference state is made here");
    }

    public static string Show(JsonElement pcrs) => Show(pcrs.AsObject("pcrs").Select(pcr => (pcr.Name.ToNumber(), pcr.Value.ValueKind == JsonValueKind.String ? pcr.Value.GetString()! : throw new VectorFormatException("a PCR's value is not a text"))));

    private static Judgement JudgePolicyCase(VectorTree tree, string folder, string id, JsonElement vector, MeasuredBootEngine engine)
    {
        if (JudgedCases.Verdict(vector, "accept", "valid") is not { } expected) return Judgement.Skip(id, JudgedCases.NoVerdict);
        if (!BootLog.TryParse(tree.Read(tree.Near(folder, vector.Text("log"))), out var log, out var error)) return Judgement.Of(id, expected, judged: false, error.ToString());
        var reason = MeasuredBootPolicy.TryParse(tree.ReadText(tree.Near(folder, vector.Text("refstate"))), engine, out var policy, out var fault)
            ? policy.Appraise(log, TpmAlgorithm.Sha256, new(TimeProvider.System))?.Detail
            : fault.ToString();
        return Judgement.Of(id, expected, reason is null, reason);
    }

    private static IEnumerable<Judgement> JudgeShape(VectorFile file, BootLog log)
    {
        if (file.Text("spec") is { } spec) yield return Judgement.OfValue($"{file.Path}#form", spec == "03" ? "crypto-agile" : "SHA-1", log.IsCryptoAgile ? "crypto-agile" : "SHA-1");
        if (file.Expected.Find("events_incl_spec_header") is not null) yield return Judgement.OfValue($"{file.Path}#events", $"{file.Expected.Number("events_incl_spec_header")}", $"{log.Events.Count}");
        if (file.Expected.Find("startup_locality") is not null) yield return Judgement.OfValue($"{file.Path}#locality", $"{file.Expected.Number("startup_locality")}", $"{BootLogReplay.FindStartupLocality(log)}");
    }

    /// <summary>PCRs that the manifest names have its values. PCRs that a log leaves alone are in some records as the zeros that they are.</summary>
    private static IEnumerable<Judgement> JudgeReplay(VectorFile file, BootLog log, string member)
    {
        if (file.Expected.Find(member) is not { ValueKind: JsonValueKind.Object } banks) yield break;
        foreach (var bank in banks.AsObject(member))
        {
            var id = $"{file.Path}#{member}:{bank.Name}";
            if (!TpmHash.TryParseHashName(bank.Name, out var hash)) yield return Judgement.Skip(id, "a hash that cannot be computed here");
            else yield return Judgement.OfValue(id, Show(bank.Value), Show(Replay(log, hash, member == "pcrs" ? [] : bank.Value.AsObject(bank.Name).Select(pcr => pcr.Name.ToNumber()))));
        }
    }

    private static IEnumerable<(int Pcr, string Value)> Replay(BootLog log, TpmAlgorithm bank, IEnumerable<int> wanted)
    {
        var values = BootLogReplay.Replay(log, bank);
        int[] pcrs = [.. wanted];
        return (pcrs.Length == 0 ? values.Keys : pcrs).Select(pcr => (pcr, Convert.ToHexStringLower(values.TryGetValue(pcr, out var value) ? value : new byte[bank.DigestBytes()])));
    }

    private static IEnumerable<string> ReasonsOf(VectorTree tree, string referenceState) =>
        from cases in tree.Files
        where cases.Kind == "mb-policy" && cases.Fault is null && tree.Exists(cases.Path)
        from vector in tree.ReadJson(cases.Path).Find("cases") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : []
        where vector.FindText("refstate") == referenceState
        select vector.Find("expected")?.FindText("reason") ?? "";

    private static string Show(IEnumerable<(int Pcr, string Value)> pcrs) => string.Join(" ", pcrs.OrderBy(pcr => pcr.Pcr).Select(pcr => string.Create(CultureInfo.InvariantCulture, $"{pcr.Pcr}={pcr.Value}")));
}
