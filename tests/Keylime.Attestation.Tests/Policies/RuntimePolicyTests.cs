using System.Text;
using System.Text.Json.Nodes;
using Keylime.Attestation.Policies;
using Keylime.Testing;

namespace Keylime.Attestation.Tests.Policies;

public class RuntimePolicyTests
{
    private static readonly byte[] Digest = [.. Enumerable.Repeat((byte)0xAB, 32)];
    private static readonly string Hex = Convert.ToHexStringLower(Digest);

    [Fact]
    public void Finds_digests_by_name()
    {
        var policy = Compile(Valid());

        Assert.Equal(DigestMatch.Listed, policy.Files.Match("/bin/a"u8, Digest));
        Assert.Equal(DigestMatch.OtherDigest, policy.Files.Match("/bin/a"u8, new byte[32]));
        Assert.Equal(DigestMatch.OtherDigest, policy.Files.Match("/bin/a"u8, Digest.AsSpan(0, 20)));
        Assert.Equal(DigestMatch.UnknownName, policy.Files.Match("/bin/b"u8, Digest));
        Assert.Equal(DigestMatch.Listed, policy.Keyrings.Match(".ima"u8, Digest));
        Assert.Equal(DigestMatch.Listed, policy.Buffers.Match("kexec-cmdline"u8, Digest));
        Assert.Equal($"{new string('0', 40)} or {Hex}", policy.Files.Describe("/bin/a"u8));
    }

    [Fact]
    public void Reads_escaped_names_as_the_names_they_spell()
    {
        var policy = Compile(Valid(root => root["digests"] = JsonNode.Parse($$"""{"/\u00e4\/\ud83d\ude00":["{{Hex}}"]}""")));
        Assert.Equal(DigestMatch.Listed, policy.Files.Match("/ä/😀"u8, Digest));
    }

    [Theory]
    [InlineData("/tmp/.*", "/tmp/x", true)]
    [InlineData("/tmp", "/tmp/x", true)]
    [InlineData("tmp", "/tmp/x", false)]
    [InlineData("/tmp$", "/tmp/x", false)]
    [InlineData(@"/tmp\Z", "/tmp", true)]
    [InlineData("/(?P<a>x)(?P=a)", "/xx", true)]
    [InlineData("/(?!tmp)", "/tmp/x", false)]
    [InlineData("/(?!tmp)", "/usr", true)]
    [InlineData("/x{,2}/", "/xx/", true)]
    [InlineData("/[[a]/", "/[/", true)]
    [InlineData(@"(/a+)+\1$", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false)]
    public void Excludes_what_an_expression_matches_at_the_start(string expression, string path, bool isExcluded)
    {
        var policy = Compile(Valid(root => root["excludes"] = new JsonArray("/never", expression)));
        Assert.Equal(isExcluded, Excludes(policy, path));
    }

    [Theory]
    [InlineData(".*", true)]
    [InlineData("", true)]
    [InlineData("/", true)]
    [InlineData("/tmp/.*", false)]
    [InlineData("/(?!usr)", false)]
    [InlineData("^$", false)]
    public void Knows_excludes_that_spare_every_file(string expression, bool isAll) =>
        Assert.Equal(isAll, Compile(Valid(root => root["excludes"] = new JsonArray("/never", expression))).ExcludesEverything(new(TimeProvider.System)));

    [Fact]
    public void An_expression_that_ends_in_a_comment_leaves_the_others_alone()
    {
        var policy = Compile(Valid(root => root["excludes"] = new JsonArray("(?x) /a # as in verbose mode", "/b", "(?x) /c(?!d) # looks around")));
        foreach (var path in (string[])["/a", "/b", "/ce"]) Assert.True(Excludes(policy, path), path);
        foreach (var path in (string[])["/d", "/cd", "# "]) Assert.False(Excludes(policy, path), path);
    }

    [Fact]
    public void More_expressions_than_one_automaton_holds_are_more_than_one()
    {
        var policy = Compile(Valid(root => root["excludes"] = new JsonArray([.. Enumerable.Range(0, 2_000).Select(i => (JsonNode)$"/opt/application/releases/{i}/cache$")])));
        Assert.True(Excludes(policy, "/opt/application/releases/0/cache"));
        Assert.True(Excludes(policy, "/opt/application/releases/1999/cache"));
        Assert.False(Excludes(policy, "/opt/application/releases/2000/cache"));
    }

    [Fact]
    public void An_expression_too_large_for_an_automaton_is_matched_all_the_same()
    {
        var policy = Compile(Valid(root => root["excludes"] = new JsonArray("/a", "/(b{1,1000}c){1,1000}$", "/d")));
        foreach (var path in (string[])["/a", "/bcbbc", "/d"]) Assert.True(Excludes(policy, path), path);
        Assert.False(Excludes(policy, "/b"));
    }

    private static bool Excludes(RuntimePolicy policy, string path) => policy.Excludes.Excludes(Encoding.UTF8.GetBytes(path), new(TimeProvider.System));

    public static TheoryData<string, string, string> Faults() => new()
    {
        { "digests", """{"/bin/a":["zz"]}""", "$.digests['/bin/a'][0]" },
        { "digests", $$"""{"/bin/a":["{{new string('A', 64)}}"]}""", "$.digests['/bin/a'][0]" },
        { "digests", $$"""{"/bin/a":["{{new string('a', 130)}}"]}""", "$.digests['/bin/a'][0]" },
        { "digests", """{"/bin/a":[]}""", "$.digests['/bin/a']" },
        { "digests", """{"/bin/a":"x"}""", "$.digests['/bin/a']" },
        { "digests", """{"/bin/a":[1]}""", "$.digests['/bin/a'][0]" },
        { "digests", "[]", "$.digests" },
        { "excludes", """["("]""", "$.excludes[0]" },
        { "excludes", """["a",1]""", "$.excludes[1]" },
        { "keyrings", """{".ima":[""]}""", "$.keyrings['.ima'][0]" },
        { "ima-buf", "1", "$['ima-buf']" },
        { "ima", """{"log_hash_alg":"md5"}""", "$.ima.log_hash_alg" },
        { "ima", """{"ignored_keyrings":[2]}""", "$.ima.ignored_keyrings[0]" },
        { "ima", """{"dm_policy":"x"}""", "$.ima.dm_policy" },
        { "ima", "{}", "$.ima.ignored_keyrings" },
        { "ima", """{"ignored_keyrings":[],"dm_policy":null}""", "$.ima.log_hash_alg" },
        { "ima", """{"ignored_keyrings":[],"log_hash_alg":"sha1"}""", "$.ima.dm_policy" },
        { "meta", """{"version":1,"generator":2,"timestamp":5}""", "$.meta.timestamp" },
        { "meta", """{"version":-1,"generator":2}""", "$.meta.version" },
        { "meta", """{"version":1}""", "$.meta.generator" },
        { "meta", """{"generator":0}""", "$.meta.version" },
        { "meta", """{"version":2,"generator":0}""", "$.meta.version" },
        { "meta", """{"version":1,"generator":4}""", "$.meta.generator" },
        { "release", "null", "$.release" },
        { "release", "\"1\"", "$.release" },
        { "release", "-1", "$.release" },
        { "release", "1.5", "$.release" },
        { "verification-keys", "1", "$['verification-keys']" },
        { "verification-keys", "\"nonsense\"", "$['verification-keys']" },
        { "verification-keys", "\"{\\\"pubkeys\\\":[\\\"AAAA\\\"],\\\"keyids\\\":[1]}\"", "$['verification-keys'].pubkeys[0]" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Says_where_a_policy_is_wrong(string member, string value, string path)
    {
        Assert.False(RuntimePolicy.TryCompile(Valid(root => root[member] = JsonNode.Parse(value)), out _, out var fault));
        Assert.Equal(path, fault.Path);
    }

    [Theory]
    [InlineData("meta")]
    [InlineData("release")]
    [InlineData("digests")]
    [InlineData("excludes")]
    [InlineData("keyrings")]
    [InlineData("ima")]
    [InlineData("ima-buf")]
    [InlineData("verification-keys")]
    public void Says_which_member_is_missing(string member)
    {
        Assert.False(RuntimePolicy.TryCompile(Valid(root => root.AsObject().Remove(member)), out _, out var fault));
        Assert.Equal(($"$.{member}", "is missing"), (fault.Path, fault.Detail));
    }

    [Theory]
    [InlineData("\"release\":", "\"release\":0,", "$['release']")]
    [InlineData("\"generator\":", "\"generator\":3,", "$.meta['generator']")]
    [InlineData("\"ignored_keyrings\":", "\"ignored_keyrings\":[\"*\"],", "$.ima['ignored_keyrings']")]
    [InlineData("\"/bin/a\":", "\"/bin/a\":[\"00000000000000000000000000000000\"],", "$.digests['/bin/a']")]
    [InlineData("\"/bin/a\":", "\"/bin\\u002fa\":[\"00000000000000000000000000000000\"],", "$.digests['/bin/a']")]
    [InlineData("\"dm_policy\":null", "\"dm_policy\":{\"match_on\":\"uuid\",\"match_on\":\"name\",\"rules\":{}},\"_\":null", "$.ima.dm_policy.match_on", true)]
    [InlineData("\"verification-keys\":\"\"", "\"verification-keys\":\"{\\\"pubkeys\\\":[],\\\"keyids\\\":[],\\\"keyids\\\":[]}\"", "$['verification-keys'].keyids", true)]
    public void Refuses_a_name_that_occurs_twice(string member, string text, string path, bool replaces = false)
    {
        var changed = Encoding.UTF8.GetString(Valid()).Replace(member, replaces ? text : text + member, StringComparison.Ordinal);
        Assert.False(RuntimePolicy.TryCompile(Encoding.UTF8.GetBytes(changed), out _, out var fault));
        Assert.Equal((path, "occurs twice"), (fault.Path, fault.Detail));
    }

    [Theory]
    [InlineData("/bin/a")]
    [InlineData("unknown")]
    public void Refuses_names_that_are_not_UTF_8(string name)
    {
        var text = Valid();
        text[text.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name))] = 0xFF;
        Assert.False(RuntimePolicy.TryCompile(text, out _, out var fault));
        Assert.Equal(new("$", "holds a text that is not UTF-8"), fault);
    }

    [Fact]
    public void Rejects_every_truncation_and_survives_every_flipped_byte()
    {
        var text = Valid();
        for (var length = 0; length < text.Length; length++) Assert.False(RuntimePolicy.TryCompile(text.AsSpan(0, length), out _, out _));
        for (var i = 0; i < text.Length; i++)
            foreach (var bit in new[] { 1, 0x80 })
            {
                var flipped = text.ToArray();
                flipped[i] ^= (byte)bit;
                Assert.Equal(RuntimePolicy.TryCompile(flipped, out var policy, out var fault), policy is not null);
                Assert.Equal(policy is null, fault is not null);
            }
    }

    [VectorFact]
    public void Compiles_every_published_policy_of_the_lists()
    {
        var policies = Vectors.Files("ima/policies", "*.json").ToList();
        Assert.NotEmpty(policies);
        foreach (var path in policies) Assert.True(RuntimePolicy.TryCompile(Vectors.Read(path), out _, out var fault), $"{path}: {fault}");
    }

    private static RuntimePolicy Compile(byte[] text)
    {
        Assert.True(RuntimePolicy.TryCompile(text, out var policy, out var fault), fault?.ToString());
        return policy;
    }

    private static byte[] Valid(Action<JsonNode>? change = null)
    {
        var root = JsonNode.Parse($$"""
            {"meta":{"version":1,"generator":0,"timestamp":"now"},"release":0,"digests":{"/bin/a":["{{new string('0', 40)}}","{{Hex}}"]},"excludes":["/tmp/.*"],
             "keyrings":{".ima":["{{Hex}}"]},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{"kexec-cmdline":["{{Hex}}"]},
             "verification-keys":"","unknown":{"a":[1,{}] } }
            """)!;
        change?.Invoke(root);
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }
}
