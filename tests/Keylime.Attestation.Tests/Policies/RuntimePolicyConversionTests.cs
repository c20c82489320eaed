using System.Text;
using System.Text.Json.Nodes;
using Keylime.Attestation.Policies;
using Keylime.Testing;

namespace Keylime.Attestation.Tests.Policies;

public class RuntimePolicyConversionTests
{
    private static readonly string A = new('a', 40);
    private static readonly string B = new('b', 64);

    [Fact]
    public void Converts_a_flat_allow_list_and_its_exclude_list()
    {
        var policy = Convert($"{A}  /usr/bin/a tool\n{B} /usr/bin/a tool\n\nsha256:{B.ToUpperInvariant()}\t%keyring:.ima\n", "# comment\n\n/tmp/.*\n");

        Assert.Equal([A, B], Texts(policy["digests"]!["/usr/bin/a tool"]));
        Assert.Equal([B], Texts(policy["keyrings"]![".ima"]));
        Assert.Equal(["/tmp/.*"], Texts(policy["excludes"]));
        Assert.Equal(3, (int)policy["meta"]!["generator"]!);
    }

    [Fact]
    public void Converts_a_json_allow_list()
    {
        var policy = Convert($$$"""{"meta":{"version":5},"release":"1","hashes":{"/a":["{{{A}}}"]},"keyrings":{".ima":["{{{B}}}"]},"ima":{"ignored_keyrings":["*"]},"other":1}""");

        Assert.Equal([A], Texts(policy["digests"]!["/a"]));
        Assert.Equal([B], Texts(policy["keyrings"]![".ima"]));
        Assert.Equal(["*"], Texts(policy["ima"]!["ignored_keyrings"]));
        Assert.Equal("sha1", (string?)policy["ima"]!["log_hash_alg"]);
        Assert.Equal((1, 3), ((int)policy["meta"]!["version"]!, (int)policy["meta"]!["generator"]!));
        Assert.False(policy.ContainsKey("other"));
    }

    [Fact]
    public void Converts_a_policy_below_version_1()
    {
        var policy = Convert($$$"""{"meta":{"version":0},"digests":{"/a":["{{{A}}}"]},"excludes":["/b"]}""", "/c");

        Assert.Equal([A], Texts(policy["digests"]!["/a"]));
        Assert.Equal(["/b", "/c"], Texts(policy["excludes"]));
        Assert.Equal((1, 2), ((int)policy["meta"]!["version"]!, (int)policy["meta"]!["generator"]!));
    }

    [Theory]
    [InlineData("""{"hashes":{},"digests":{}}""", "$.hashes")]
    [InlineData("""{"hashes":{"/a":["xyz"]}}""", "$.digests['/a'][0]")]
    [InlineData("""{"hashes":[]}""", "$.digests")]
    [InlineData("""{"release":0}""", "$")]
    [InlineData("""{"digests":{},"digests":{}}""", "$")]
    [InlineData("""{"hashes":{"/a":[],"/a":[]}}""", "$")]
    [InlineData("""{"hashes":""", "$")]
    [InlineData("aaaa", "line 1")]
    [InlineData("zz /a", "$.digests['/a'][0]")]
    public void Refuses_what_cannot_be_converted_and_says_where(string text, string path)
    {
        Assert.False(RuntimePolicyConversion.TryConvert(Encoding.UTF8.GetBytes(text), "", out _, out var fault));
        Assert.Equal(path, fault.Path);
    }

    [Fact]
    public void Leaves_a_policy_of_version_1_as_it_is()
    {
        var text = Encoding.UTF8.GetBytes("""{"meta":{"version":1,"generator":1},"release":0,"digests":{},"excludes":[],"keyrings":{},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}""");
        Assert.True(RuntimePolicyConversion.TryConvert(text, "", out var policy, out _));
        Assert.Equal(text, policy);
    }

    public static TheoryData<string> Published() => [.. Vectors.ArePresent
        ? Vectors.Manifest("runtime-policy", "fetched/").Concat(Vectors.Manifest("allowlist", "fetched/")).Select(file => file.GetProperty("path").GetString()!)
            .Where(path => !path.EndsWith(".pub", StringComparison.Ordinal) && !path.EndsWith(".sig", StringComparison.Ordinal))
        : []];

    [VectorTheory, MemberData(nameof(Published))]
    public void Converts_every_published_policy(string path)
    {
        Assert.True(RuntimePolicyConversion.TryConvert(Vectors.Read(path), "", out var policy, out var fault), fault?.ToString());
        Assert.True(RuntimePolicy.TryCompile(policy, out _, out _));
    }

    private static JsonObject Convert(string text, string excludes = "")
    {
        Assert.True(RuntimePolicyConversion.TryConvert(Encoding.UTF8.GetBytes(text), excludes, out var policy, out var fault), fault?.ToString());
        return JsonNode.Parse(policy)!.AsObject();
    }

    private static IEnumerable<string> Texts(JsonNode? list) => list!.AsArray().Select(text => (string)text!);
}
