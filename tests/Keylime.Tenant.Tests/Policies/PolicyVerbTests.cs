namespace Keylime.Tenant.Tests.Policies;

public sealed class PolicyVerbTests : IAsyncLifetime
{
    private StandInCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await StandInCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Makes_uploads_shows_and_removes_a_policy()
    {
        var root = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(_cluster.WriteFile("x", ""))!, "root", "usr", "bin"));
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "tool"), "tool");
        var policy = _cluster.WriteFile("policy.json", "");
        Assert.Equal(0, (await _cluster.RunAsync("policy", "runtime", "create", "--rootfs", root.Parent!.Parent!.FullName, "-o", policy)).ExitCode);
        Assert.Equal(0, (await _cluster.RunAsync("policy", "runtime", "add", "base", policy)).ExitCode);
        Assert.Equal((1, "ERROR: Adding runtime policy base failed: 409 Runtime policy with name base already exists\n"), Without(await _cluster.RunAsync("policy", "runtime", "add", "base", policy)));
        Assert.Equal(await File.ReadAllTextAsync(policy), (await _cluster.RunAsync("policy", "runtime", "show", "base")).Output.TrimEnd('\n'));
        Assert.Equal("[\n  \"base\"\n]\n", (await _cluster.RunAsync("policy", "runtime", "list", "-o", "json")).Output);
        Assert.Equal("list command response: 200.\n{'code': 200, 'status': 'Success', 'results': {'runtimepolicy names': ['base']}}\n", (await _cluster.RunAsync("-c", "listruntimepolicy")).Output);
        Assert.Equal("{}\n", (await _cluster.RunAsync("-c", "deleteruntimepolicy", "--runtime-policy-name", "base")).Output);
        var gone = await _cluster.RunAsync("-c", "showruntimepolicy", "--runtime-policy-name", "base");
        Assert.Equal((1, "Show allowlist command response: 404.\n{'code': 404, 'status': 'Runtime policy base not found', 'results': {}}\n"), (gone.ExitCode, gone.Output));
    }

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("{}", "meta")]
    [InlineData("""{"payload":"e30=","payloadType":"application/vnd.keylime+json","signatures":[]}""", "signatures")]
    public async Task Uploads_nothing_that_the_verifier_would_refuse(string text, string reason)
    {
        var (exitCode, _, error) = await _cluster.RunAsync("policy", "runtime", "add", "bad", _cluster.WriteFile("bad.json", text));
        Assert.Equal(1, exitCode);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Empty(_cluster.RuntimePolicies);
    }

    [Fact]
    public async Task Converts_the_lists_of_older_keylimes()
    {
        var digest = new string('a', 64);
        var run = await _cluster.RunAsync("-c", "addruntimepolicy", "--allowlist-name", "old", "--allowlist", _cluster.WriteFile("allow", $"{digest}  /bin/a\n"), "--exclude", _cluster.WriteFile("exclude", "/tmp/.*\n"));
        Assert.Equal((0, "{'code': 201, 'status': 'Created', 'results': {}}\n"), (run.ExitCode, run.Output));
        var policy = System.Text.Json.Nodes.JsonNode.Parse(Convert.FromBase64String(_cluster.RuntimePolicies["old"].RuntimePolicy!))!;
        Assert.Equal((digest, "/tmp/.*"), ((string?)policy["digests"]!["/bin/a"]![0], (string?)policy["excludes"]![0]));
        Assert.Contains("line 1", (await _cluster.RunAsync("-c", "addruntimepolicy", "--allowlist-name", "bad", "--allowlist", _cluster.WriteFile("allow", "rubbish"))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compares_the_checksum()
    {
        var policy = _cluster.WriteFile("p.json", "{}");
        Assert.Contains("does not match", (await _cluster.RunAsync("-c", "addruntimepolicy", "--runtime-policy-name", "p", "--runtime-policy", policy, "--runtime-policy-checksum", "00")).Error, StringComparison.Ordinal);
    }

    private static (int, string) Without((int ExitCode, string Output, string Error) run) => (run.ExitCode, run.Error);
}
