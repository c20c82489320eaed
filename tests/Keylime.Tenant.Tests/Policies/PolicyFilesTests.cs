using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Keylime.Attestation.Policies;
using Keylime.Tenant.Policies;
using Keylime.Tpm;

namespace Keylime.Tenant.Tests.Policies;

public sealed class PolicyFilesTests : IDisposable
{
    private const string Digest = "00000000000000000000000000000000000000000000000000000000000000aa";

    private readonly string _folder = Directory.CreateTempSubdirectory("keylime-policy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Hashes_regular_files_by_their_paths_from_the_root()
    {
        Write("usr/bin/a", "a");
        Write("usr/bin/with blank", "b");
        Write("usr/share/skipped/c", "c");
        Write("tmp/d", "d");
        Write("opt/tmp/e", "");
        File.CreateSymbolicLink(Path.Combine(_folder, "usr/bin/link"), "a");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "bin"), "usr/bin");
        var policy = new RuntimePolicyWriter();
        await FileMeasurement.AddAsync(policy, _folder, TpmAlgorithm.Sha256, [new Regex("\\A(?:/usr/share/)")], default);
        Assert.Equal("""{"/opt/tmp/e":["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],"/usr/bin/a":["ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],"/usr/bin/with_blank":["3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"]}""",
            Member(policy, "digests"));
    }

    [Fact]
    public async Task Passes_over_pipes_and_names_that_are_not_UTF_8()
    {
        Write("usr/bin/a", "a");
        await ShellAsync("""mkfifo usr/pipe && : >"$(printf 'bad\377')" && mkdir "$(printf 'dir\376')" && : >"$(printf 'dir\376')/b" """);
        var policy = new RuntimePolicyWriter();
        Assert.Equal(3, await FileMeasurement.AddAsync(policy, _folder, TpmAlgorithm.Sha256, [], default));
        await ShellAsync("rm -r dir* bad*"); // Neither can .NET remove them.
        Assert.Equal("""{"/usr/bin/a":["ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"]}""", Member(policy, "digests"));
    }

    [Fact]
    public void Takes_files_keyrings_and_buffers_of_a_measurement_list()
    {
        var path = Write("list", $"10 {new string('1', 40)} ima-ng sha256:{Digest} boot_aggregate\n10 {new string('1', 40)} ima-sig sha256:{Digest} /bin/a 0302\n"
            + $"10 {new string('0', 40)} ima-ng sha256:{Digest} /violated\n10 {new string('1', 40)} ima-buf sha256:{Digest} .ima 00\n10 {new string('1', 40)} ima-buf sha256:{Digest} kexec-cmdline 00\n10 {new string('1', 40)} ima-ng sha256:{Digest} /proc/x\n");
        var policy = new RuntimePolicyWriter();
        MeasurementListReader.Add(policy, path, [new Regex("\\A(?:/proc)")]);
        Assert.Equal($$"""{"/bin/a":["{{Digest}}"],"boot_aggregate":["{{Digest}}"]}""", Member(policy, "digests"));
        Assert.Equal(($$"""{".ima":["{{Digest}}"]}""", $$"""{"kexec-cmdline":["{{Digest}}"]}"""), (Member(policy, "keyrings"), Member(policy, "ima-buf")));
    }

    [Theory]
    [InlineData("rubbish", "line 1: not an entry of an IMA list")]
    [InlineData("10 11 ima-ng sha256:xyz /bin/a", "line 1: not a digest")]
    [InlineData("10 11 ima-ng sha256: /bin/a", "line 1: not a digest")]
    public void Says_where_a_measurement_list_is_wrong(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<UserErrorException>(() => MeasurementListReader.Add(new(), Write("list", text), [])).Message, StringComparison.Ordinal);

    [Fact]
    public void Writes_what_the_verifier_compiles()
    {
        var policy = new RuntimePolicyWriter();
        policy.AddFile("/bin/\"quoted\"", Digest);
        policy.AddFile("/bin/a", Digest);
        policy.AddFile("/bin/a", Digest.Replace("aa", "bb", StringComparison.Ordinal));
        policy.AddKeyring(".ima", Digest);
        policy.AddBuffer("b", Digest);
        policy.Excludes.Add("/tmp/.*");
        Assert.True(RuntimePolicy.TryCompile(policy.ToJson(TimeProvider.System.GetUtcNow()), out var compiled, out var fault), fault?.ToString());
        Assert.Equal((2, 2), (compiled.PathCount, compiled.Generator));
    }

    [Theory]
    [InlineData("{}", 0, 0, """{"mask":"0x0"}""")]
    [InlineData("", 0, 0, """{"mask":"0x0"}""")]
    [InlineData("{}", 0x400, 0, """{"mask":"0x400"}""")]
    [InlineData("{}", 0x400, 0xFBFF, """{"mask":"0xffff"}""")]
    [InlineData("""{"22":["AA00000000000000000000000000000000000000"],"mask":"0x0"}""", 0x400, 0, """{"22":["aa00000000000000000000000000000000000000"],"mask":"0x400400"}""")]
    [InlineData("""{"mask":"0x1","07":"aa00000000000000000000000000000000000000"}""", 0, 0, """{"7":["aa00000000000000000000000000000000000000"],"mask":"0x81"}""")]
    public void Completes_the_mask_of_a_tpm_policy(string text, uint reserved, uint included, string json)
    {
        var policy = TpmPolicyText.Parse(text);
        policy.Reserve(reserved, "IMA");
        policy.Include(included);
        Assert.Equal(json, policy.ToJson());
    }

    [Fact]
    public void Refuses_a_pcr_that_measured_boot_uses()
    {
        var policy = TpmPolicyText.Parse("""{"7":"aa00000000000000000000000000000000000000"}""");
        Assert.StartsWith("PCR 7 is specified in \"tpm_policy\", but will in fact be used by measured boot", Assert.Throws<UserErrorException>(() => policy.Reserve(0xFBFF, "measured boot")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{\"x\":[]}")]
    [InlineData("{\"10\":\"aa\"}")]
    [InlineData("{\"mask\":\"0x1\",\"mask\":\"0x400\"}")]
    [InlineData("{")]
    public void Refuses_a_tpm_policy_that_is_none(string text) => Assert.StartsWith("--tpm_policy: ", Assert.Throws<UserErrorException>(() => TpmPolicyText.Parse(text)).Message, StringComparison.Ordinal);

    private static string Member(RuntimePolicyWriter policy, string name) => JsonNode.Parse(policy.ToJson(DateTimeOffset.UnixEpoch))![name]!.ToJsonString();

    private async Task ShellAsync(string commands)
    {
        using var shell = Process.Start("sh", ["-c", $"cd \"$0\" && {commands}", _folder]);
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
        return path;
    }
}
