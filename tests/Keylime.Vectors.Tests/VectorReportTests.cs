using System.Text.Json.Nodes;
using Keylime.Testing;

namespace Keylime.Vectors.Tests;

/// <summary>The judge over a small tree of its own (<c>tests/vectors/tree</c>), and over the same tree with every verdict reversed.</summary>
public sealed class VectorReportTests : IDisposable
{
    private static readonly string[] JudgedKinds = ["allowlist", "dm-ima", "dsse", "ek-cert", "eventlog", "ima-log", "mb-policy", "pcr", "quote", "runtime-policy"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-vectors-");

    public VectorReportTests()
    {
        var source = Path.Combine(AppContext.BaseDirectory, "tree");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(_folder.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Finds_every_case_as_its_manifest_says()
    {
        var report = VectorReport.Judge(Open());

        Assert.False(report.HasDifferences, report.ToString());
        Assert.All(JudgedKinds, kind => Assert.Contains(report.Of(kind), judgement => judgement.Outcome == Outcome.Expected));
    }

    [VectorFact]
    public void Finds_the_published_tree_as_its_manifest_says()
    {
        Assert.True(VectorTree.TryOpen(VectorTree.FindBeside(AppContext.BaseDirectory)!, out var tree, out var fault), fault);
        var report = VectorReport.Judge(tree);
        Assert.False(report.HasDifferences, report.ToString());
    }

    [Fact]
    public void Reads_the_kernels_binary_list_and_refuses_one_that_was_cut()
    {
        byte[] entry = [10, 0, 0, 0, .. new byte[20], 6, 0, 0, 0, .. "ima-ng"u8, 22, 0, 0, 0, 9, 0, 0, 0, .. "sha1:\0"u8, 1, 2, 3, 5, 0, 0, 0, .. "/bin\0"u8];
        Assert.Equal($"10 {new string('0', 40)} ima-ng sha1:010203 /bin\n", System.Text.Encoding.UTF8.GetString(BinaryImaList.ToText(entry)));
        // One byte is 0x0A, a line feed, which may stand at the end.
        for (var length = 2; length < entry.Length; length++)
            Assert.Throws<VectorFormatException>(() => BinaryImaList.ToText(entry.AsSpan(0, length)));
    }

    [Fact]
    public void Names_every_case_whose_verdict_is_another()
    {
        foreach (var file in Directory.EnumerateFiles(_folder.FullName, "*.json", SearchOption.AllDirectories)) Edit(file, Reverse);

        var report = VectorReport.Judge(Open());

        Assert.True(report.HasDifferences);
        foreach (var kind in JudgedKinds.Except(["allowlist", "dm-ima", "pcr"]))
        {
            Assert.Contains(report.Of(kind), judgement => judgement.Outcome == Outcome.Different);
            Assert.Contains($"different: {report.Of(kind).First(judgement => judgement.Outcome == Outcome.Different).Case}: ", report.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("tpm/extends.json", "final", "pcr")]
    [InlineData("dm/scenarios.json", "failures_per_entry", "dm-ima")]
    [InlineData("boot/log.bin", null, "eventlog")]
    [InlineData("ima/allowlist.txt", null, "allowlist")]
    public void Sees_a_changed_value(string path, string? member, string kind)
    {
        var file = Path.Combine(_folder.FullName, path);
        if (member is null) File.WriteAllBytes(file, [.. File.ReadAllBytes(file), 1, 2, 3]);
        else File.WriteAllText(file, File.ReadAllText(file).Replace("no_matching_policy", "invalid_entry", StringComparison.Ordinal).Replace("\"3\": \"", "\"3\": \"ff", StringComparison.Ordinal));

        Assert.Contains(VectorReport.Judge(Open()).Of(kind), judgement => judgement.Outcome == Outcome.Different);
    }

    [Fact]
    public void Skips_a_kind_that_it_does_not_know_and_says_so()
    {
        var report = VectorReport.Judge(Open());
        Assert.Equal(new Judgement(Outcome.Skipped, "notes.txt", "of a kind that is not known here"), Assert.Single(report.Of("notes")));
        Assert.Contains("1 of a kind that is not known here", report.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("absent.log")]
    [InlineData("../outside.log")]
    [InlineData("/etc/passwd")]
    public void Reads_nothing_that_is_not_in_the_tree(string path)
    {
        Edit(Path.Combine(_folder.FullName, "manifest.json"), node =>
        {
            foreach (var file in node["files"]!.AsArray().Where(file => (string)file!["kind"]! == "eventlog")) file!["path"] = path;
        });

        Assert.All(VectorReport.Judge(Open()).Of("eventlog"), judgement => Assert.StartsWith("cannot be read", judgement.Detail, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"files":{}}""")]
    public void Tells_that_a_folder_is_no_tree(string manifest)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "manifest.json"), manifest);
        Assert.False(VectorTree.TryOpen(_folder.FullName, out _, out var fault));
        Assert.Contains("manifest.json", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_a_record_that_is_not_in_the_format_as_different()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "dsse/cases.json"), """{"cases":[{"expected":{"valid":true}},{}]}""");
        Assert.Equal(["cannot be read: envelope is missing", "the case gives no verdict"], VectorReport.Judge(Open()).Of("dsse").Select(judgement => judgement.Detail));
    }

    [Theory]
    [InlineData("""{"kind":"quote"}""", "quote", "files[0]", "path is not a text")]
    [InlineData("""{"path":"a"}""", "(none)", "a", "kind is not a text")]
    [InlineData("""{"path":1,"kind":2}""", "(none)", "files[0]", "path is not a text")]
    [InlineData("7", "(none)", "files[0]", "path is not a text")]
    [InlineData("""{"path":"a","kind":"quote","expected":"good"}""", "quote", "a", "expected is neither an object nor true or false")]
    [InlineData("""{"path":"","kind":"eventlog","expected":true}""", "eventlog", "", "cannot be read: a path is empty, or holds a zero byte")]
    public void Names_what_is_wrong_with_a_record_and_judges_the_others(string record, string kind, string id, string detail)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "manifest.json"), $$"""{"files":[{{record}},{"path":"ek/good.der","kind":"ca-cert","expected":true}]}""");
        var report = VectorReport.Judge(Open());
        var judgement = Assert.Single(report.Of(kind));
        Assert.Equal((Outcome.Different, id), (judgement.Outcome, judgement.Case));
        Assert.StartsWith(detail, judgement.Detail, StringComparison.Ordinal);
        Assert.Equal(Outcome.Expected, Assert.Single(report.Of("ca-cert")).Outcome);
    }

    [Fact]
    public void Judges_the_cases_after_one_that_cannot_be_read()
    {
        var file = Path.Combine(_folder.FullName, "tpm/quote/software/cases.json");
        var count = VectorReport.Judge(Open()).Of("quote").Count();
        Edit(file, node => node["cases"]![0]!["attest"] = "not base64");

        var judgements = VectorReport.Judge(Open()).Of("quote").ToList();

        Assert.Equal("cannot be read: attest is not base64", Assert.Single(judgements, judgement => judgement.Outcome == Outcome.Different).Detail);
        Assert.True(judgements.Count > count / 2);
    }

    /// <summary>Whatever stands in a tree, it is judged to its end.</summary>
    [Fact]
    public void Bears_every_file_in_the_place_of_every_other()
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "manifest.json")))!["files"]!.AsArray();
        string[] kinds = [.. manifest.Select(file => (string)file!["kind"]!).Distinct(), "quote-raw", "attestation-bundle", "makecredential", "tpm2b-public", "ima-keyring", "dm-policy", "mb-refstate",
            "eventlog-expected-yaml", "ek-cert-text", "ca-cert", "public-key", "private-key"];
        var records = manifest.SelectMany(file => kinds.Select(kind => new JsonObject { ["path"] = (string)file!["path"]!, ["kind"] = kind, ["expected"] = file["expected"]?.DeepClone() }));
        File.WriteAllText(Path.Combine(_folder.FullName, "manifest.json"), new JsonObject { ["files"] = new JsonArray([.. records]) }.ToJsonString());

        var report = VectorReport.Judge(Open());

        Assert.DoesNotContain(" threw ", report.ToString(), StringComparison.Ordinal);
        Assert.All(kinds, kind => Assert.NotEmpty(report.Of(kind)));
    }

    private VectorTree Open()
    {
        Assert.True(VectorTree.TryOpen(_folder.FullName, out var tree, out var fault), fault);
        return tree;
    }

    private static void Edit(string file, Action<JsonNode> edit)
    {
        var node = JsonNode.Parse(File.ReadAllText(file))!;
        edit(node);
        File.WriteAllText(file, node.ToJsonString());
    }

    /// <summary>Turns the verdicts round: <c>valid</c>, <c>accept</c> and <c>parses</c>.</summary>
    private static void Reverse(JsonNode node)
    {
        foreach (var child in node is JsonArray array ? [.. array] : node is JsonObject parent ? parent.Select(member => member.Value).ToList() : []) if (child is not null) Reverse(child);
        if (node is not JsonObject record) return;
        foreach (var name in (string[])["valid", "accept", "parses"])
            if (record[name] is JsonValue value && value.TryGetValue(out bool flag)) record[name] = !flag;
    }
}
