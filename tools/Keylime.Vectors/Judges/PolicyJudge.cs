using System.Text;
using Keylime.Attestation.Policies;

namespace Keylime.Vectors.Judges;

/// <summary>Runtime policies and allow lists, and their signatures.</summary>
internal static class PolicyJudge
{
    public static IEnumerable<Judgement> JudgeRuntimePolicy(VectorTree tree, VectorFile file)
    {
        var bytes = tree.Read(file.Path);
        if (file.Path.EndsWith(".pub", StringComparison.Ordinal) && KeyFiles.PublicHalf(bytes) is not null) return [Judgement.Of(file.Path, expected: true, judged: true)];
        if (Path.GetExtension(file.Path) is ".sig" or ".pub") return [Judgement.Skip(file.Path, "of GPG, which is not supported")];
        if ((file.Flag("valid") ?? file.Flag("schema_valid")) is { } expected)
            return [Judgement.Of(file.Path, expected, RuntimePolicy.TryCompile(bytes, out _, out var fault), fault?.ToString())];
        // Test data of Keylime's own tools, without a verdict: it must be convertible, and what comes of it compiles.
        return [Judgement.Of($"{file.Path}#converted", expected: true, RuntimePolicyConversion.TryConvert(bytes, "", out _, out var conversion), conversion?.ToString())];
    }

    public static IEnumerable<Judgement> JudgeEnvelope(VectorTree tree, VectorFile file)
    {
        if (file.Path.EndsWith(".md", StringComparison.Ordinal)) return JudgeProtocolPage(tree, file);
        var root = tree.ReadJson(file.Path);
        if (root.Find("cases") is not null) return JudgedCases.Each(file, root.Items("cases"), (id, vector) => [JudgedCases.Verdict(vector, "valid", "accept") is { } verdict
            ? Judgement.Of(id, verdict, IsSigned(Encoding.UTF8.GetBytes(vector.Text("envelope")), vector.FindText("key_pem") ?? root.Text("public_key_pem")))
            : Judgement.Skip(id, JudgedCases.NoVerdict)]);
        if (file.Flag("valid") is not { } expected) return [Judgement.Skip(file.Path, "the manifest gives no verdict")];
        // The envelope of a certificate has it inside, which proves nothing; the key to judge by lies beside it.
        var key = file.Text("key") is { } name && tree.Exists(tree.Near(file.Folder, name)) ? tree.Near(file.Folder, name) : $"{file.Folder}/cert.pem";
        return [Judgement.Of(file.Path, expected, IsSigned(tree.Read(file.Path), tree.ReadText(key)))];
    }

    /// <summary>The protocol's own page: its example is of another payload type, which no policy has; what is signed for it must be as printed.</summary>
    private static IEnumerable<Judgement> JudgeProtocolPage(VectorTree tree, VectorFile file)
    {
        var lines = tree.ReadText(file.Path).Split('\n');
        string Below(string label) => Array.IndexOf(lines, label) is >= 0 and var at && at + 3 < lines.Length ? lines[at + 3] : throw new VectorFormatException($"{label} is missing");
        yield return Judgement.OfValue(file.Path, Below("PAE:"), Encoding.UTF8.GetString(DsseEnvelope.PreAuthenticationEncoding(Encoding.UTF8.GetBytes(Below("SERIALIZED_BODY:")), Below("PAYLOAD_TYPE:"))));
    }

    private static bool IsSigned(byte[] envelope, string key) => DsseEnvelope.TryParse(envelope, out var parsed, out _) && parsed.IsSignedBy(key);
}
