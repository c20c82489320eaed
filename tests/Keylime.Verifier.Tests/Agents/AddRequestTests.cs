using System.Net;
using System.Security.Cryptography;
using System.Text.Json;

namespace Keylime.Verifier.Tests.Agents;

/// <summary>Bodies that are refused: the status is 400, the message names the member, and nothing is stored.</summary>
public sealed class AddRequestTests(VerifierFixture fixture) : IClassFixture<VerifierFixture>
{
    public static TheoryData<string> RequiredMembers { get; } =
    [
        "tpm_policy", "runtime_policy", "mb_policy", "mb_policy_name", "ima_sign_verification_keys", "metadata", "revocation_key",
        "accept_tpm_hash_algs", "accept_tpm_encryption_algs", "accept_tpm_signing_algs", "ak_tpm", "mtls_cert",
    ];

    [Theory, MemberData(nameof(RequiredMembers))]
    public async Task A_missing_member_is_named(string member)
    {
        var body = AddRequest.Blank();
        body.Remove(member);
        Assert.Contains(member == "mtls_cert" ? "mTLS certificate for agent is required!" : $"'{member}'", await RefusedAsync(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tpm_policy", "\"{\"", "tpm_policy")]
    [InlineData("tpm_policy", """ "{\"10\":[\"00\"]}" """, "10")]
    [InlineData("tpm_policy", "null", "null")]
    [InlineData("tpm_policy", "{}", "tpm_policy")]
    [InlineData("runtime_policy", "\"%\"", "runtime_policy")]
    [InlineData("runtime_policy", "\"e30=\"", "policy")]
    [InlineData("runtime_policy", "\"//8=\"", "UTF-8")]
    [InlineData("runtime_policy_name", "7", "runtime_policy_name")]
    [InlineData("runtime_policy_name", "\"a\\u0000b\"", "runtime_policy_name")]
    [InlineData("mb_policy", "\"[]\"", "policy")]
    [InlineData("mb_policy", "{}", "mb_policy")]
    [InlineData("metadata", "\"[]\"", "metadata")]
    [InlineData("metadata", "\"{\"", "metadata")]
    [InlineData("metadata", "{}", "metadata")]
    [InlineData("revocation_key", "\"key\"", "revocation_key")]
    [InlineData("ak_tpm", "\"\"", "ak_tpm")]
    [InlineData("ak_tpm", "\"AAAA\"", "ak_tpm")]
    [InlineData("ak_tpm", "\"%\"", "ak_tpm")]
    [InlineData("ak_tpm", "[1]", "ak_tpm")]
    [InlineData("mtls_cert", "null", "mTLS certificate for agent is required!")]
    [InlineData("mtls_cert", "\"\"", "mTLS certificate for agent is required!")]
    [InlineData("mtls_cert", "\"disabled\"", "mTLS certificate for agent is required!")]
    [InlineData("mtls_cert", "\"-----BEGIN CERTIFICATE-----\"", "mtls_cert")]
    [InlineData("v", "\"AAAA\"", "v is not")]
    [InlineData("v", "7", "'v'")]
    [InlineData("cloudagent_ip", "\"http://a/\"", "cloudagent_ip")]
    [InlineData("cloudagent_ip", "\"\"", "cloudagent_ip")]
    [InlineData("verifier_ip", "\"a\\u0000\"", "verifier_ip")]
    [InlineData("cloudagent_port", "0", "port")]
    [InlineData("cloudagent_port", "65536", "port")]
    [InlineData("cloudagent_port", "1e99", "cloudagent_port")]
    [InlineData("cloudagent_port", "\"x\"", "cloudagent_port")]
    [InlineData("accept_tpm_hash_algs", "\"sha256\"", "accept_tpm_hash_algs")]
    [InlineData("accept_tpm_hash_algs", "[null]", "accept_tpm")]
    [InlineData("accept_tpm_encryption_algs", "[\"rsa\\u0000\"]", "accept_tpm")]
    [InlineData("accept_tpm_signing_algs", "null", "accept_tpm")]
    [InlineData("ima_sign_verification_keys", "\"{\"", "ima_sign_verification_keys")]
    public async Task A_bad_value_is_refused_with_the_members_name(string member, string json, string named)
    {
        var body = AddRequest.Blank();
        body[member] = JsonDocument.Parse(json).RootElement;
        Assert.Contains(named, await RefusedAsync(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_NUL_behind_a_PEM_is_refused()
    {
        using var key = RSA.Create(2048);
        Assert.Contains("mtls_cert", await RefusedAsync(AddRequest.Blank(("mtls_cert", Samples.Certificate + "\0"))), StringComparison.Ordinal);
        Assert.Contains("revocation_key", await RefusedAsync(AddRequest.Blank(("revocation_key", key.ExportRSAPrivateKeyPem() + "\0"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verifier_ip_that_is_no_address_by_its_length_is_refused() =>
        Assert.Contains("verifier_ip", await RefusedAsync(AddRequest.Blank(("verifier_ip", new string('a', 256)))), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public async Task What_is_no_object_is_a_bad_request(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await fixture.Verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/refused", body)).Status);

    [Fact]
    public async Task Every_truncation_of_a_good_body_is_refused()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(AddRequest.Blank());
        for (var length = 0; length < body.Length; length += 37)
            Assert.Equal(HttpStatusCode.BadRequest, (await fixture.Verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/refused", body[..length])).Status);
    }

    [Fact]
    public async Task Nesting_without_end_is_a_bad_request() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await fixture.Verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/refused", new string('[', 100_000))).Status);

    [Fact]
    public async Task A_body_above_the_limit_is_refused()
    {
        var answer = await fixture.Verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/refused", AddRequest.Blank(("metadata", new string(' ', 200_001))));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
    }

    [Fact]
    public async Task Ports_may_come_as_text()
    {
        var answer = await fixture.Verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/ports", AddRequest.Blank(("cloudagent_port", "9"), ("verifier_port", "8881")));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.ToString());
    }

    private async Task<string> RefusedAsync(object body)
    {
        var answer = await fixture.Verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/refused", body);
        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.Verifier.GetAsync("/v2.6/agents/refused")).Status);
        return answer.Message;
    }
}
