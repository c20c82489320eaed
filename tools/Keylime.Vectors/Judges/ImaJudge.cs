using System.Text;
using System.Text.Json;
using Keylime.Attestation;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;
using Keylime.Tpm;

namespace Keylime.Vectors.Judges;

/// <summary>IMA lists: replayed to the PCR value of the manifest and judged by the policy that it names.</summary>
internal static class ImaJudge
{
    // The manifest's verdicts were made with Keylime's option off that lets violations pass: see docs/reference/differences.md.
    private const bool ViolationsFail = true;

    public static IEnumerable<Judgement> JudgeLog(VectorTree tree, VectorFile file)
    {
        if (file.Text("see") is { } bundle) return JudgeByBundle(tree, file, bundle);
        if (file.Expected.Find("template_digests_sha1") is not null) return [JudgeBinary(tree, file)];
        if (file.Path.EndsWith(".json", StringComparison.Ordinal)) return JudgeEntries(tree, file);
        if (file.Expected.Find("pcr10_to_check") is { } pcr) return JudgeMade(tree, file, pcr);
        if (file.Text("pcr10_sha256") is not null) return JudgeFetched(tree, file);
        // Without a PCR value every failure but that of the PCR counts.
        return [file.Flag("valid") is { } expected ? JudgeEntry(file.Path, expected, tree.Read(file.Path)) : Judgement.Skip(file.Path, "the manifest gives no verdict")];
    }

    /// <summary>The list of a quoted machine: its record has the values.</summary>
    private static IEnumerable<Judgement> JudgeByBundle(VectorTree tree, VectorFile file, string bundle)
    {
        var path = $"{file.Folder}/{bundle}";
        var record = tree.Files.FirstOrDefault(other => other.Path == path) ?? throw new VectorFormatException($"see names {bundle}, which has no record");
        return BundleJudge.JudgeImaList(tree, record, tree.ReadJson(path).Member("pcrs"));
    }

    public static IEnumerable<Judgement> JudgeKeyring(VectorTree tree, VectorFile file)
    {
        if (file.Flag("valid") is not { } expected) yield return Judgement.Skip(file.Path, "the manifest gives no verdict");
        else yield return Judgement.Of(file.Path, expected, ImaKeyring.TryParse(tree.ReadText(file.Path), out _, out var path, out var fault), $"{path} {fault}");
    }

    private static IEnumerable<Judgement> JudgeMade(VectorTree tree, VectorFile file, JsonElement pcr)
    {
        var folder = file.Folder;
        var log = tree.Read(file.Path);
        var policy = file.Text("policy") is { } name ? tree.ReadAs(tree.Near(folder, name), bytes => Compile(bytes, name)) : null;
        // What the manifest rejects only because Keylime does not know a template is good here.
        var expected = file.Flag("valid") == true || file.Text("reason")?.Contains("unsupported by keylime", StringComparison.Ordinal) == true;
        yield return Appraise(file.Path, expected, log, pcr.Text("bank"), pcr.Hex("value"), policy, Keys(tree, file));
        if (file.Expected.Find("pcr10") is not { } banks) yield break;
        // Each bank of a machine with this list, and that of a machine with an older kernel: judged for the PCR alone.
        foreach (var bank in file.Expected.Members("pcr10")) yield return Replay($"{file.Path}#{bank.Name}", log, bank.Name, banks.Hex(bank.Name));
        if (file.Text("pcr10_sha256_bank_if_kernel_pads_sha1") is not null)
            yield return Replay($"{file.Path}#sha256 of kernels before 5.8", log, "sha256", file.Expected.Hex("pcr10_sha256_bank_if_kernel_pads_sha1"));
    }

    private static IEnumerable<Judgement> JudgeFetched(VectorTree tree, VectorFile file)
    {
        var log = tree.Read(file.Path);
        foreach (var (member, bank) in new[] { ("pcr10_sha1", "sha1"), ("pcr10_sha256", "sha256") })
            if (Verdict(file, "keylime_no_policy") is { } expected) yield return Appraise($"{file.Path}#{bank}", expected, log, bank, file.Expected.Hex(member), null, ImaKeyring.Empty);
        if (file.Text("policy") is not { } name) yield break;
        var policy = tree.ReadAs(tree.Near(file.Folder, name), bytes => Convert(bytes, name));
        if (Verdict(file, "keylime_with_policy") is { } judged) yield return Appraise($"{file.Path}#policy", judged, log, "sha256", file.Expected.Hex("pcr10_sha256"), policy, ImaKeyring.Empty);
        if (Verdict(file, "keylime_with_policy_and_keys") is not { } signed) yield break;
        if (!ImaKeyring.TryParse(tree.ReadText($"{file.Folder}/IMA_KEYRING_STRING.json"), out var keys, out _, out var keyFault)) throw new VectorFormatException(keyFault);
        yield return Appraise($"{file.Path}#policy and keys", signed, log, "sha256", file.Expected.Hex("pcr10_sha256"), policy, keys);
    }

    /// <summary>A list of known template hashes: each has to be that of its entry's data.</summary>
    private static Judgement JudgeBinary(VectorTree tree, VectorFile file)
    {
        var text = BinaryImaList.ToText(tree.Read(file.Path));
        var hashes = Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1]);
        if (!hashes.SequenceEqual(file.Expected.Texts("template_digests_sha1"))) return new(Outcome.Different, file.Path, "the template hashes are not those of the manifest");
        return JudgeEntry(file.Path, expected: true, text);
    }

    private static IEnumerable<Judgement> JudgeEntries(VectorTree tree, VectorFile file)
    {
        var root = tree.ReadJson(file.Path);
        return [
            .. JudgedCases.Each(file, root.Members("valid"), (id, entry) => [JudgeEntry(id, expected: true, Encoding.UTF8.GetBytes(entry.Text("line")))]),
            .. JudgedCases.Each(file, root.Members("invalid"), (id, entry) => [JudgeEntry(id, expected: false, Encoding.UTF8.GetBytes(
                entry.ValueKind == JsonValueKind.String ? entry.GetString()! : throw new VectorFormatException("is not a text")))]),
        ];
    }

    /// <summary>Entries whose PCR value is not told: every failure but that of the PCR counts.</summary>
    private static Judgement JudgeEntry(string id, bool expected, byte[] lines)
    {
        var result = ImaListAppraisal.Appraise(lines, null, TpmAlgorithm.Sha1, new byte[20], null, ImaKeyring.Empty, ViolationsFail, new(TimeProvider.System));
        var failures = result.Failures.Where(failure => failure.EventId != "ima.pcr_mismatch").ToList();
        return Judgement.Of(id, expected, failures.Count == 0, First(failures));
    }

    private static Judgement Appraise(string id, bool expected, byte[] log, string bankName, byte[] pcr, RuntimePolicy? policy, ImaKeyring keys)
    {
        if (!TpmHash.TryParseHashName(bankName, out var bank)) return Judgement.Skip(id, "a hash that cannot be computed here");
        var result = ImaListAppraisal.Appraise(log, null, bank, pcr, policy, keys, ViolationsFail, new(TimeProvider.System));
        return Judgement.Of(id, expected, result.FailureCount == 0, First(result.Failures));
    }

    private static Judgement Replay(string id, byte[] log, string bankName, byte[] pcr)
    {
        if (!TpmHash.TryParseHashName(bankName, out var bank)) return Judgement.Skip(id, "a hash that cannot be computed here");
        var result = ImaListAppraisal.Appraise(log, null, bank, pcr, null, ImaKeyring.Empty, violationsFail: false, new(TimeProvider.System));
        var mismatch = result.Failures.FirstOrDefault(failure => failure.EventId == "ima.pcr_mismatch");
        return Judgement.Of(id, expected: true, mismatch is null, mismatch?.Detail);
    }

    private static string? First(IReadOnlyList<AttestationFailure> failures) => failures.Count > 0 ? failures[0].Detail : null;

    private static bool? Verdict(VectorFile file, string member) => file.Expected.Find(member) is { } verdict ? verdict.Text("verdict") == "accept" : null;

    /// <summary>Policies of unit tests lack members that an upload must have.</summary>
    private static RuntimePolicy Convert(byte[] text, string name) =>
        RuntimePolicyConversion.TryConvert(text, "", out var converted, out var fault) ? Compile(converted, name) : throw new VectorFormatException($"{name}: {fault}");

    private static RuntimePolicy Compile(byte[] text, string name) =>
        RuntimePolicy.TryCompile(text, out var policy, out var fault) ? policy : throw new VectorFormatException($"{name}: {fault}");

    /// <summary>The manifest names the keys as they were made: <c>rsa.crt</c> is <c>keys/ima-rsa.x509.der</c>.</summary>
    private static ImaKeyring Keys(VectorTree tree, VectorFile file)
    {
        var keyring = ImaKeyring.Empty;
        if (file.Expected.Find("keyring") is not { ValueKind: JsonValueKind.Array }) return keyring;
        foreach (var name in file.Expected.Texts("keyring"))
        {
            var path = tree.Near(file.Folder, name);
            if (!tree.Exists(path)) path = $"{file.Folder}/keys/ima-{Path.GetFileNameWithoutExtension(name)}.x509.der";
            if (!keyring.TryAdd(tree.Read(path), out keyring)) throw new VectorFormatException($"{name} is no key that signs files");
        }
        return keyring;
    }
}
