using System.Text.Json;
using System.Text.Json.Nodes;
using Keylime.Testing;

namespace Keylime.Tenant.Tests.Evidence;

/// <summary>The published vectors, handed to the program as files: their verdicts are its exit codes.</summary>
public sealed class PublishedVectorTests : IDisposable
{
    private readonly EvidenceRun _run = new();

    public void Dispose() => _run.Dispose();

    [VectorTheory]
    [InlineData("rsa2048-rsassa-sha256")]
    [InlineData("rsa2048-rsapss-sha256")]
    [InlineData("ecc-p256-ecdsa-sha256")]
    [InlineData("ecc-p384-ecdsa-sha384")]
    public async Task Checks_quotes(string folder)
    {
        var cases = new List<(string, bool, JsonObject)>();
        foreach (var vector in Vectors.ReadJson($"tpm/quote/{folder}/cases.json").GetProperty("cases").EnumerateArray())
        {
            // Signed by this folder's key, to be judged with another: the folder is in the note.
            if (vector.TryGetProperty("note", out var note) && note.GetString()!.StartsWith("key used: ", StringComparison.Ordinal)) continue;
            var one = new JsonObject { ["verb"] = "quote check", ["ak"] = _run.Write(Vectors.Read($"tpm/quote/{folder}/ak.tpm2b_public")), ["nonce-hex"] = Text(vector, "nonce_hex") };
            // Whole ones in the wire's form; parts that may be empty, and are malformed then, as files.
            if (IsGood(vector)) one["quote"] = _run.Write($"r{Text(vector, "attest")}:{Text(vector, "sig")}:{Text(vector, "pcrs")}\n");
            else foreach (var (option, member) in new[] { ("attest", "attest"), ("signature", "sig"), ("pcrs", "pcrs") }) one[option] = _run.Write(vector.GetProperty(member).GetBytesFromBase64());
            cases.Add((Text(vector, "id"), IsGood(vector), one));
        }
        Assert.Empty(await _run.FindDifferencesAsync(cases));
    }

    [VectorFact]
    public async Task Verifies_endorsement_keys()
    {
        var cases = new List<(string, bool, JsonObject)>();
        foreach (var vector in Vectors.ReadJson("ek-cert/lab/cases.json").GetProperty("cases").EnumerateArray())
        {
            var one = new JsonObject { ["verb"] = "ek verify", ["certificate"] = _run.Write(Vectors.Read($"ek-cert/lab/{Text(vector, "cert")}")), ["at"] = vector.GetProperty("check_time_unix").GetInt64() };
            one["trust"] = Files(vector.GetProperty("trust_pem"));
            one["intermediate"] = Files(vector.GetProperty("intermediates_pem"));
            cases.Add((Text(vector, "id"), IsGood(vector), one));
        }
        Assert.Empty(await _run.FindDifferencesAsync(cases));
    }

    [VectorFact]
    public async Task Opens_credentials_and_finds_their_secrets()
    {
        var cases = new List<(string, bool, JsonObject)>();
        var secrets = new List<string>();
        foreach (var vector in Vectors.ReadJson("tpm/makecredential/cases.json").GetProperty("cases").EnumerateArray())
        {
            var ek = $"tpm/makecredential/{Text(vector, "ek")}";
            if (!Vectors.Exists($"{ek}/ek.private.pem")) continue;
            cases.Add((Text(vector, "id"), IsGood(vector), new JsonObject
            {
                ["verb"] = "credential open",
                ["ek"] = _run.Write(Vectors.Read($"{ek}/ek.tpm2b_public")),
                ["ek-private"] = _run.Write(Vectors.Read($"{ek}/ek.private.pem")),
                ["ak"] = _run.Write(Vectors.Read($"tpm/makecredential/aks/{Text(vector, "ak")}.tpm2b_public")),
                ["credential"] = _run.Write(Text(vector, "blob")),
            }));
            if (IsGood(vector)) secrets.Add(Text(vector.GetProperty("expected"), "secret_hex"));
        }
        Assert.Empty(await _run.FindDifferencesAsync(cases));
        var results = await _run.JudgeAsync(cases.Select(one => one.Item3));
        Assert.Equal(secrets, results.Where(result => result.TryGetProperty("secret", out _)).Select(result => Text(result, "secret")));
    }

    [VectorTheory]
    [InlineData("p256-basic")]
    [InlineData("p521-basic")]
    public async Task Verifies_signed_policies(string folder)
    {
        var root = Vectors.ReadJson($"dsse/{folder}/cases.json");
        var cases = root.GetProperty("cases").EnumerateArray()
            // The published payload's digests have their algorithm before them, which a policy of version 1 must not have: the signature is what these cases are about.
            .Where(vector => !IsGood(vector))
            .Select(vector => (Text(vector, "id"), IsGood(vector), new JsonObject
            {
                ["verb"] = "policy verify",
                ["policy"] = _run.Write(Text(vector, "envelope")),
                ["key"] = _run.Write(vector.TryGetProperty("key_pem", out var key) && key.ValueKind == JsonValueKind.String ? key.GetString()! : Text(root, "public_key_pem")),
            })).ToList();
        Assert.Empty(await _run.FindDifferencesAsync(cases));
    }

    [VectorFact]
    public async Task Appraises_boot_logs()
    {
        var cases = new List<(string, bool, JsonObject)>();
        foreach (var vector in Vectors.ReadJson("mb-policy/cases.json").GetProperty("cases").EnumerateArray())
        {
            var reference = Vectors.ReadText(Text(vector, "refstate"));
            // A reference state that is none is no verdict about the log.
            if (!Attestation.Policies.MeasuredBootPolicy.TryParse(reference, Attestation.MeasuredBoot.MeasuredBootEngine.Example, out _, out _)) continue;
            cases.Add((Text(vector, "id"), vector.GetProperty("expected").GetProperty("accept").GetBoolean(),
                new JsonObject { ["verb"] = "bootlog appraise", ["log"] = _run.Write(Vectors.Read(Text(vector, "log"))), ["policy"] = _run.Write(reference) }));
        }
        Assert.Empty(await _run.FindDifferencesAsync(cases));
    }

    [VectorFact]
    public async Task Appraises_ima_lists()
    {
        var cases = new List<(string, bool, JsonObject)>();
        foreach (var file in Vectors.Manifest("ima-log", "ima/"))
        {
            var (path, expected) = (Text(file, "path"), file.GetProperty("expected"));
            if (path.EndsWith(".gz", StringComparison.Ordinal) || !expected.TryGetProperty("pcr10_to_check", out var pcr) || !expected.TryGetProperty("policy", out var policy) || policy.ValueKind != JsonValueKind.String) continue;
            // What the manifest rejects only because Keylime does not know a template is good here.
            var isGood = expected.GetProperty("valid").GetBoolean() || expected.GetProperty("reason").GetString()!.Contains("unsupported by keylime", StringComparison.Ordinal);
            cases.Add((path, isGood, new JsonObject
            {
                ["verb"] = "ima appraise",
                ["log"] = _run.Write(Vectors.Read(path)),
                ["policy"] = _run.Write(Vectors.Read($"ima/{policy.GetString()}")),
                ["bank"] = Text(pcr, "bank"),
                ["pcr"] = Text(pcr, "value"),
                ["violations-fail"] = true,
                ["key"] = Keys(expected),
            }));
        }
        Assert.Empty(await _run.FindDifferencesAsync(cases));
    }

    private JsonArray Keys(JsonElement expected) => expected.TryGetProperty("keyring", out var names) && names.ValueKind == JsonValueKind.Array
        ? new JsonArray([.. names.EnumerateArray().Select(name => (JsonNode)_run.Write(Vectors.Read($"ima/keys/ima-{Path.GetFileNameWithoutExtension(name.GetString())}.x509.der")))])
        : [];

    private JsonArray Files(JsonElement texts) => new([.. texts.EnumerateArray().Select(text => (JsonNode)_run.Write(text.GetString()!))]);

    private static bool IsGood(JsonElement vector) => vector.GetProperty("expected").GetProperty("valid").GetBoolean();

    private static string Text(JsonElement parent, string member) => parent.GetProperty(member).GetString()!;
}
