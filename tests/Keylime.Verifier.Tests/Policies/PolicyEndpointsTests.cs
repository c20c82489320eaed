using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keylime.Protocol;

namespace Keylime.Verifier.Tests.Policies;

public sealed class SqlitePolicyEndpointsTests : PolicyEndpointsTests
{
    internal override Task<TestSite> CreateSiteAsync() => Task.FromResult(TestSite.OnSqlite());
}

public sealed class PostgresPolicyEndpointsTests : PolicyEndpointsTests
{
    internal override Task<TestSite> CreateSiteAsync() => TestSite.OnPostgresAsync();
}

/// <summary>Named policies of both kinds, on each database.</summary>
public abstract class PolicyEndpointsTests : IAsyncLifetime
{
    private static readonly string Policy = TestAgent.PolicyFor("/bin/a");
    private TestSite _site = null!;
    private TestVerifier _verifier = null!;

    internal abstract Task<TestSite> CreateSiteAsync();

    public async Task InitializeAsync()
    {
        _site = await CreateSiteAsync();
        _verifier = await TestVerifier.StartAsync(_site, ("max_retries", "1000"));
    }

    public async Task DisposeAsync()
    {
        await _verifier.DisposeAsync();
        _site.Dispose();
    }

    [Theory]
    [InlineData("allowlists", "runtimepolicy names", 404)]
    [InlineData("mbpolicies", "mbpolicy names", 409)] // upstream's answer to an update of nothing
    public async Task A_policy_lives_from_post_to_delete(string resource, string listMember, int updateOfNothing)
    {
        var path = $"/v2.3/{resource}";
        object body = resource == "allowlists" ? new { runtime_policy = AddRequest.Base64(Policy) } : new { mb_policy = "{}" };

        await ExpectAsync(updateOfNothing, HttpMethod.Put, $"{path}/a", body);
        await ExpectAsync(404, HttpMethod.Get, $"{path}/a");
        await ExpectAsync(404, HttpMethod.Delete, $"{path}/a");
        await ExpectAsync(201, HttpMethod.Post, $"{path}/a", body);
        await ExpectAsync(409, HttpMethod.Post, $"{path}/a", body);
        await ExpectAsync(201, HttpMethod.Put, $"{path}/a", body);
        await ExpectAsync(201, HttpMethod.Post, $"{path}/with%20blank", body);
        Assert.Equal(["a", "with blank"], (await ExpectAsync(200, HttpMethod.Get, path)).Results.GetProperty(listMember).EnumerateArray().Select(name => name.GetString()!));
        Assert.Equal("", (await ExpectAsync(204, HttpMethod.Delete, $"{path}/a")).Body);
        await ExpectAsync(404, HttpMethod.Get, $"{path}/a");
    }

    [Fact]
    public async Task A_runtime_policy_is_shown_as_text()
    {
        await ExpectAsync(201, HttpMethod.Post, "/v2.6/allowlists/a", new { runtime_policy = AddRequest.Base64(Policy) });
        var shown = (await ExpectAsync(200, HttpMethod.Get, "/v2.6/allowlists/a")).Results;
        Assert.Equal(("a", JsonValueKind.Null, Policy), (shown.GetProperty("name").GetString(), shown.GetProperty("tmp_policy").ValueKind, shown.GetProperty("runtime_policy").GetString()));
    }

    [Fact]
    public async Task A_policy_in_use_stays()
    {
        await ExpectAsync(201, HttpMethod.Post, "/v2.6/allowlists/a", new { runtime_policy = AddRequest.Base64(Policy) });
        await ExpectAsync(201, HttpMethod.Post, "/v2.6/mbpolicies/a", new { mb_policy = "{}" });
        foreach (var id in (string[])["one", "two"])
            await ExpectAsync(200, HttpMethod.Post, $"/v2.6/agents/{id}", AddRequest.Blank(("runtime_policy_name", "a"), ("mb_policy_name", "a")));
        foreach (var path in (string[])["/v2.6/allowlists/a", "/v2.6/mbpolicies/a"]) await ExpectAsync(409, HttpMethod.Delete, path);
        foreach (var id in (string[])["one", "two"]) await ExpectAsync(200, HttpMethod.Delete, $"/v2.6/agents/{id}");
        foreach (var path in (string[])["/v2.6/allowlists/a", "/v2.6/mbpolicies/a"]) await ExpectAsync(204, HttpMethod.Delete, path);
    }

    [Theory]
    [InlineData("allowlists", "{}")]
    [InlineData("allowlists", """{"runtime_policy":""}""")]
    [InlineData("allowlists", """{"runtime_policy":null}""")]
    [InlineData("allowlists", """{"runtime_policy":7}""")]
    [InlineData("allowlists", """{"runtime_policy":"%"}""")]
    [InlineData("allowlists", """{"runtime_policy":"e30="}""")]
    [InlineData("allowlists", """{"runtime_policy":"eyJwYXlsb2FkIjoxfQ=="}""")]
    [InlineData("allowlists", "[]")]
    [InlineData("allowlists", "")]
    [InlineData("mbpolicies", "{}")]
    [InlineData("mbpolicies", """{"mb_policy":{}}""")]
    [InlineData("mbpolicies", """{"mb_policy":"7"}""")]
    [InlineData("mbpolicies", """{"mb_policy":"{"}""")]
    public async Task What_is_no_policy_is_a_bad_request(string resource, string body)
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Put]) await ExpectAsync(400, method, $"/v2.6/{resource}/a", body);
        await ExpectAsync(404, HttpMethod.Get, $"/v2.6/{resource}/a");
    }

    [Fact]
    public async Task A_name_is_decoded_once_and_reaches_no_other_policy()
    {
        await ExpectAsync(201, HttpMethod.Post, "/v2.6/allowlists/aA", new { runtime_policy = AddRequest.Base64(Policy) });
        await ExpectAsync(201, HttpMethod.Post, "/v2.6/allowlists/a%2541", new { runtime_policy = AddRequest.Base64(Policy) });
        Assert.Equal("a%41", (await ExpectAsync(200, HttpMethod.Get, "/v2.6/allowlists/a%2541")).Results.GetProperty("name").GetString());
        await ExpectAsync(204, HttpMethod.Delete, "/v2.6/allowlists/a%2541");
        await ExpectAsync(200, HttpMethod.Get, "/v2.6/allowlists/aA");
    }

    [Theory]
    [InlineData("%07")]
    [InlineData("a%0Ab")]
    public async Task A_name_with_control_characters_is_a_bad_request(string name) =>
        await ExpectAsync(400, HttpMethod.Post, $"/v2.6/allowlists/{name}", new { runtime_policy = AddRequest.Base64(Policy) });

    [Fact]
    public async Task Where_signatures_are_required_only_signed_policies_come_in()
    {
        using var site = await CreateSiteAsync();
        await using var verifier = await TestVerifier.StartAsync(site, ("require_allow_list_signatures", "True"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = AddRequest.Base64(Sign(Policy, key));

        Assert.Equal(400, await PostAsync(verifier, AddRequest.Base64(Policy), key));
        Assert.Equal(401, await PostAsync(verifier, signed, null));
        Assert.Equal(401, await PostAsync(verifier, signed, other));
        Assert.Equal(201, await PostAsync(verifier, signed, key));
    }

    [Fact]
    public async Task A_key_that_is_given_is_used_where_signatures_are_not_required()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = AddRequest.Base64(Sign(Policy, key));

        Assert.Equal(401, await PostAsync(_verifier, signed, other));
        Assert.Equal(400, await PostAsync(_verifier, AddRequest.Base64(Policy), key));
        foreach (var method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Put])
        {
            await ExpectAsync(401, method, "/v2.6/allowlists/a", new { runtime_policy = signed, runtime_policy_key = "%" });
            Assert.Contains("runtime_policy_key", (await ExpectAsync(400, method, "/v2.6/allowlists/a", new { runtime_policy = signed, runtime_policy_key = 7 })).Body, StringComparison.Ordinal);
        }
        await ExpectAsync(404, HttpMethod.Get, "/v2.6/allowlists/a");
        Assert.Equal(201, await PostAsync(_verifier, signed, key));

        await ExpectAsync(401, HttpMethod.Post, "/v2.6/agents/b", AddRequest.Blank(("runtime_policy", signed), ("runtime_policy_key", Pem(other))));
        await ExpectAsync(400, HttpMethod.Post, "/v2.6/agents/b", AddRequest.Blank(("runtime_policy_name", "a"), ("runtime_policy_key", Pem(key))));
        Assert.Contains("runtime_policy_key",
            (await ExpectAsync(400, HttpMethod.Post, "/v2.6/agents/b", AddRequest.Blank(("runtime_policy", signed), ("runtime_policy_key", 7)))).Body, StringComparison.Ordinal);
        await ExpectAsync(200, HttpMethod.Post, "/v2.6/agents/b", AddRequest.Blank(("runtime_policy", signed), ("runtime_policy_key", Pem(key))));
    }

    [Fact]
    public async Task A_signed_policy_counts_by_its_content()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await ExpectAsync(200, HttpMethod.Post, "/v2.6/agents/a", AddRequest.Blank(("runtime_policy", AddRequest.Base64(Sign(Policy, key)))));
        Assert.Equal(1, (await _verifier.StatusAsync("a")).HasRuntimePolicy);
    }

    [Fact]
    public async Task It_is_shown_what_an_agents_policies_judge()
    {
        var excludesAll = AddRequest.Base64(Policy.Replace("\"excludes\":[]", "\"excludes\":[\".*\"]", StringComparison.Ordinal));
        await ExpectAsync(201, HttpMethod.Post, "/v2.6/allowlists/some", new { runtime_policy = AddRequest.Base64(Policy) });
        await ExpectAsync(201, HttpMethod.Post, "/v2.6/allowlists/none", new { runtime_policy = excludesAll });
        const string NoPcr = "{}", Ima = """{"mask":"0x400"}""";
        var pin = $$"""{"15":["{{new string('a', 64)}}"],"mask":"0x8000"}""";
        await AssertJudgedAsync("", ("tpm_policy", NoPcr));
        await AssertJudgedAsync("pcrs", ("tpm_policy", pin));
        await AssertJudgedAsync("runtime", ("tpm_policy", Ima), ("runtime_policy_name", "some"));
        await AssertJudgedAsync("runtime", ("tpm_policy", NoPcr), ("runtime_policy_name", "some"));
        await AssertJudgedAsync("", ("tpm_policy", Ima));
        await AssertJudgedAsync("", ("tpm_policy", Ima), ("runtime_policy_name", "none"));
        await AssertJudgedAsync("", ("tpm_policy", Ima), ("runtime_policy", excludesAll));
        await AssertJudgedAsync("", ("tpm_policy", NoPcr), ("mb_policy", "{}"));

        await ExpectAsync(200, HttpMethod.Post, "/v2.6/agents/a", AddRequest.Blank(("tpm_policy", Ima), ("runtime_policy_name", "none")));
        await ExpectAsync(201, HttpMethod.Put, "/v2.6/allowlists/none", new { runtime_policy = AddRequest.Base64(Policy) });
        Assert.Equal([Judged.Runtime], (await _verifier.StatusAsync("a")).Judged!);
    }

    private async Task AssertJudgedAsync(string judged, params (string, object?)[] members)
    {
        await ExpectAsync(200, HttpMethod.Post, "/v2.6/agents/a", AddRequest.Blank(members));
        Assert.Equal(judged, string.Join(' ', (await _verifier.StatusAsync("a")).Judged!));
        await ExpectAsync(200, HttpMethod.Delete, "/v2.6/agents/a");
    }

    private static async Task<int> PostAsync(TestVerifier verifier, string policy, ECDsa? key) => (int)(await verifier.SendAsync(HttpMethod.Post, "/v2.6/allowlists/a",
        new { runtime_policy = policy, runtime_policy_key = key is null ? null : Pem(key) })).Status;

    private static string Pem(ECDsa key) => AddRequest.Base64(key.ExportSubjectPublicKeyInfoPem());

    private static string Sign(string payload, ECDsa key)
    {
        const string Type = "application/vnd.keylime+json";
        var bytes = Encoding.UTF8.GetBytes(payload);
        var signature = key.SignData(Encoding.UTF8.GetBytes($"DSSEv1 {Type.Length} {Type} {bytes.Length} {payload}"), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return JsonSerializer.Serialize(new { payload = Convert.ToBase64String(bytes), payloadType = Type, signatures = new[] { new { keyid = "", sig = Convert.ToBase64String(signature) } } });
    }

    private async Task<TestAnswer> ExpectAsync(int status, HttpMethod method, string path, object? body = null)
    {
        var answer = await _verifier.SendAsync(method, path, body);
        Assert.True(status == (int)answer.Status, $"{method} {path}: {answer}");
        return answer;
    }
}
