using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Agent.Tests.Payload;
using Keylime.Attestation;
using Keylime.Client;
using Keylime.Protocol;
using Keylime.Protocol.Payloads;
using Keylime.Protocol.V2;

namespace Keylime.Agent.Tests;

/// <summary>The agent as its peers see it, with an RSA or an elliptic-curve TPM: what holds for one holds for the other.</summary>
public abstract class AgentTests(AgentFixture fixture, string legacyName, string name, string signing)
{
    private static readonly ApiVersion s_current = ApiVersion.Current;

    [TpmFact]
    public async Task Registers_as_itself_with_its_TPM_and_its_certificate()
    {
        Assert.Contains(fixture.Id.Value, fixture.Registrar.Activated);
        var request = fixture.Registered;
        Assert.Equal(("127.0.0.1", fixture.Port), (request.Ip, request.Port));
        using var served = X509Certificate2.CreateFromPem(request.MtlsCert);
        Assert.Equal($"CN={fixture.Id}", served.Subject);
        if (request.EkCert is { } chain)
        {
            using var certificate = X509Certificate2.CreateFromPem(chain);
            Assert.True(Tpm.Structures.PublicArea.TryParseSized(Convert.FromBase64String(request.EkTpm!), out var ek, out _));
            Assert.Equal(ek.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        }
        var versions = await fixture.Agent.GetVersionAsync(default);
        Assert.Equal("2.6", versions.Value!.SupportedVersion);
        Assert.Equal(["2.1", "2.2", "2.3", "2.4", "2.5", "2.6"], versions.Value.SupportedVersions);
    }

    [TpmFact]
    public async Task Its_quotes_and_logs_pass_the_verifiers_appraisal_round_after_round()
    {
        const string mask = "0x400";
        var first = await AskAsync("nonceOne", mask, isPartial: false, entry: 0);
        Assert.Equal(0, first.ImaMeasurementListEntry);
        var result = fixture.Appraise(first, "nonceOne", mask, AgentFixture.Before);
        Assert.True(result.Verdict == Verdict.Trusted, string.Join("; ", result.Failures));
        Assert.Equal(first.Pubkey, result.PayloadPublicKey);

        await fixture.MeasureAsync($"/usr/bin/{Guid.NewGuid()}");
        var second = await AskAsync("nonceTwo", mask, isPartial: true, result.NextState.NextImaEntry);
        Assert.Null(second.Pubkey);
        Assert.Equal(result.NextState.NextImaEntry, second.ImaMeasurementListEntry);
        Assert.Single(second.ImaMeasurementList!.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var next = fixture.Appraise(second, "nonceTwo", mask, result.NextState, first.Pubkey);
        Assert.True(next.Verdict == Verdict.Trusted, string.Join("; ", next.Failures));

        // Nothing new: an empty text.
        var third = await AskAsync("nonceThree", mask, isPartial: true, next.NextState.NextImaEntry);
        Assert.Equal("", third.ImaMeasurementList);
        Assert.Equal(Verdict.Trusted, fixture.Appraise(third, "nonceThree", mask, next.NextState, first.Pubkey).Verdict);
        Assert.Equal(Verdict.Rejected, fixture.Appraise(third, "anotherNonce", mask, next.NextState, first.Pubkey).Verdict);
    }

    [TpmFact]
    public async Task An_identity_quote_binds_the_payload_key()
    {
        var quote = (await fixture.Agent.GetIdentityQuoteAsync(s_current, "abc", default)).Value!;
        Assert.Null(quote.ImaMeasurementList);
        Assert.Equal((await fixture.Agent.GetPublicKeyAsync(s_current, default)).Value!.Pubkey, quote.Pubkey);
        var result = fixture.Appraise(quote, "abc", "0x0", AgentFixture.Before);
        Assert.True(result.Verdict == Verdict.Trusted, string.Join("; ", result.Failures));
        var forged = quote with { Pubkey = quote.Pubkey!.Replace('A', 'B') };
        Assert.Equal(Verdict.Rejected, fixture.Appraise(forged, "abc", "0x0", AgentFixture.Before).Verdict);
    }

    [TpmFact]
    public async Task The_boot_log_goes_with_PCR_0()
    {
        var log = RandomNumberGenerator.GetBytes(5000);
        await File.WriteAllBytesAsync(Path.Combine(fixture.Folder, "boot"), log);
        Assert.Equal(Convert.ToBase64String(log), (await AskAsync("abc", "0x1", isPartial: true, 0)).MbMeasurementList);
        Assert.Null((await AskAsync("abc", "0x2", isPartial: true, 0)).MbMeasurementList);
    }

    [TpmTheory]
    [InlineData(2, 1, true)]
    [InlineData(2, 4, true)]
    [InlineData(2, 5, false)]
    [InlineData(2, 6, false)]
    public async Task Names_its_key_as_the_peers_version_does(int major, int minor, bool legacy)
    {
        var quote = (await fixture.Agent.GetIdentityQuoteAsync(new(major, minor), "abc", default)).Value!;
        Assert.Equal(("sha256", legacy ? legacyName : name, signing), (quote.HashAlg, quote.EncAlg, quote.SignAlg));
    }

    [TpmFact]
    public async Task Requests_side_by_side_all_get_good_quotes()
    {
        var nonces = Enumerable.Range(0, 8).Select(i => $"nonce{i}").ToArray();
        var quotes = await Task.WhenAll(nonces.Select(nonce => AskAsync(nonce, "0x0", isPartial: false, 0)));
        foreach (var (quote, nonce) in quotes.Zip(nonces))
            Assert.Equal(Verdict.Trusted, fixture.Appraise(quote, nonce, "0x0", AgentFixture.Before).Verdict);
    }

    [TpmFact]
    public async Task A_payload_runs_when_both_shares_of_its_key_are_there()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var v = RandomNumberGenerator.GetBytes(32);
        var publicKey = (await fixture.Agent.GetPublicKeyAsync(s_current, default)).Value!.Pubkey;
        var payload = PayloadCipher.Encrypt(key, RandomNumberGenerator.GetBytes(16), ZipText.Create(("autorun.sh", "cp derived_tci_key seen.new; mv seen.new seen", 0x81A4)));
        var u = new UKeyRequest(KeyShares.Prove(key, fixture.Id.Value), Encrypt(publicKey, KeyShares.Combine(key, v)), Convert.ToBase64String(payload));
        Assert.True((await fixture.Agent.SendUKeyAsync(s_current, u, default)).IsGood);
        Assert.True((await fixture.Agent.SendVKeyAsync(s_current, new(Encrypt(publicKey, v)), default)).IsGood);
        Assert.Equal(KeyShares.Prove(key, "challenge1"), (await fixture.Agent.VerifyKeyAsync(s_current, "challenge1", default)).Value!.Hmac);
        Assert.Equal(key, await ReadWhenThereAsync(Path.Combine(fixture.Folder, "secure/unzipped/seen")));
    }

    [TpmFact]
    public async Task Nobody_gets_in_without_a_certificate_of_the_trusted_authority()
    {
        using var none = fixture.CreateHttp(null);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var selfSigned = new CertificateRequest("CN=client", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var stranger = fixture.CreateHttp(selfSigned);
        using var serverCertificate = fixture.ReadCertificate("server");
        using var server = fixture.CreateHttp(serverCertificate);
        foreach (var route in Routes.Select(route => route.Path).Append("/version").Append("/nowhere"))
            foreach (var client in new[] { none, stranger, server })
                await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(route, UriKind.Relative)));
    }

    [TpmFact]
    public async Task The_gateways_certificate_by_itself_is_nobodys()
    {
        using var certificate = fixture.ReadCertificate("gateway");
        using var gateway = fixture.CreateHttp(certificate);
        foreach (var route in Routes)
            Assert.Equal(403, (int)(await gateway.SendAsync(new(new(route.Method), route.Path))).StatusCode);
    }

    public static TheoryData<string, string, string?, int, string> HostileRequests() => new()
    {
        { "GET", "/v9.9/quotes/identity?nonce=a", null, 400, "API version not supported: v9.9" },
        { "GET", "/v2.7/keys/pubkey", null, 400, "API version not supported: v2.7" },
        { "GET", "/v1.0/quotes/integrity", null, 400, "API version not supported: v1.0" },
        { "GET", "/v2.6/quotes/identity", null, 400, "Query deserialize error: missing field `nonce`" },
        { "GET", "/v2.6/quotes/identity?nonce=a%00b", null, 400, "strictly alphanumeric" },
        { "GET", "/v2.6/quotes/identity?nonce=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg", null, 400, "Nonce is too long" },
        { "GET", "/v2.6/quotes/integrity?nonce=a&mask=zz&partial=0", null, 400, "hex encoded 32-bit integer" },
        { "GET", "/v2.6/quotes/integrity?nonce=a&mask=ffffffff&partial=0", null, 400, "only pcrs 0-23" },
        { "GET", "/v2.6/quotes/integrity?nonce=a&mask=0&partial=2", null, 400, "'partial'" },
        { "GET", "/v2.6/quotes", null, 400, "URI not supported, only /identity and /integrity" },
        { "GET", "/v2.6/quotes/other", null, 400, "URI not supported, only /identity and /integrity" },
        { "POST", "/v2.6/quotes/identity", "{}", 405, "Method is not supported in /quotes/ interface" },
        { "GET", "/v2.6/keys/verify", null, 400, "missing field `challenge`" },
        { "GET", "/v2.6/keys/verify?challenge=", null, 400, "No challenge provided." },
        { "GET", "/v2.6/keys/verify?challenge=a-b", null, 400, "strictly alphanumeric" },
        { "GET", "/v2.6/keys/ukey", null, 400, "URI not supported, only /pubkey and /verify" },
        { "POST", "/v2.6/keys/other", "{}", 400, "URI not supported, only /ukey and /vkey" },
        { "DELETE", "/v2.6/keys/pubkey", null, 405, "Method is not supported in /keys interface" },
        { "POST", "/v2.6/keys/ukey", "", 400, "" },
        { "POST", "/v2.6/keys/ukey", "{", 400, "" },
        { "POST", "/v2.6/keys/ukey", "[]", 400, "" },
        { "POST", "/v2.6/keys/ukey", "null", 400, "" },
        { "POST", "/v2.6/keys/ukey", "{}", 400, "missing field `encrypted_key`" },
        { "POST", "/v2.6/keys/ukey", """{"encrypted_key":5}""", 400, "encrypted_key" },
        { "POST", "/v2.6/keys/ukey", """{"encrypted_key":"%%%","auth_tag":""}""", 400, "Invalid base64 encoding in encrypted_key" },
        { "POST", "/v2.6/keys/ukey", """{"encrypted_key":"AAAA","auth_tag":""}""", 400, "Failed to decrypt encrypted_key" },
        { "POST", "/v2.6/keys/ukey", """{"encrypted_key":"","auth_tag":""}""", 400, "Failed to decrypt encrypted_key" },
        { "POST", "/v2.6/keys/vkey", "{}", 400, "missing field `encrypted_key`" },
        { "POST", "/v2.6/keys/vkey", """{"encrypted_key":null}""", 400, "missing field `encrypted_key`" },
        { "POST", "/v2.6/keys/vkey", """{"encrypted_key":"AAAA"}""", 400, "Failed to decrypt encrypted_key" },
        { "POST", "/v2.6/notifications/revocation", "{}", 400, "missing field `msg`" },
        { "POST", "/v2.6/notifications/revocation", """{"msg":"{}"}""", 400, "missing field `signature`" },
        { "POST", "/v2.6/notifications/revocation", """{"msg":{},"signature":""}""", 400, "msg" },
        { "POST", "/v2.6/notifications/revocation", """{"msg":"{}","signature":"AAAA"}""", 200, "Success" },
        { "POST", "/v2.6/notifications/other", "{}", 400, "URI not supported, only /revocation" },
        { "GET", "/v2.6/notifications/revocation", null, 405, "Method is not supported in /notifications/ interface" },
        { "GET", "/v2.1/agent/info", null, 400, "URI not supported" },
        { "GET", "/v2.6/agent/other", null, 400, "URI not supported, only /info" },
        { "POST", "/v2.6/agent/info", "{}", 405, "Method is not supported in /agent interface" },
        { "GET", "/v2.6/nothing", null, 400, "Not Implemented: Use /agent, /keys, or /quotes interfaces" },
        { "POST", "/v2.6/nothing", "{}", 400, "Not Implemented: Use /keys or /notifications interfaces" },
        { "PUT", "/v2.6/nothing", "{}", 405, "Method is not supported" },
        { "GET", "/", null, 400, "Not Implemented: Use /2.1" },
        { "GET", "/v2.6", null, 400, "Not Implemented" },
        { "PUT", "/nothing", "{}", 405, "Method is not supported" },
        { "BREW", "/v2.6/keys/pubkey", null, 501, "" },
        { "GET", "/%2e%2e/%2e%2e/etc/passwd", null, 400, "Not Implemented" },
    };

    [TpmTheory]
    [MemberData(nameof(HostileRequests))]
    public async Task Bad_requests_get_a_clear_answer_in_the_envelope(string method, string path, string? body, int status, string message)
    {
        using var certificate = fixture.ReadCertificate("client");
        using var http = fixture.CreateHttp(certificate);
        using var request = new HttpRequestMessage(new(method), path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, text);
        using var envelope = System.Text.Json.JsonDocument.Parse(text);
        Assert.Equal(status, envelope.RootElement.GetProperty("code").GetInt32());
        Assert.Contains(message, envelope.RootElement.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.Equal(System.Text.Json.JsonValueKind.Object, envelope.RootElement.GetProperty("results").ValueKind);
        if (status == 405) Assert.NotEmpty(response.Content.Headers.Allow);
    }

    [TpmTheory]
    [InlineData("/v2.6/keys/ukey")]
    [InlineData("/v2.6/keys/vkey")]
    [InlineData("/v2.6/notifications/revocation")]
    public async Task Bodies_beyond_the_limit_are_refused(string path)
    {
        using var certificate = fixture.ReadCertificate("client");
        using var http = fixture.CreateHttp(certificate);
        using var content = new StringContent($$"""{"encrypted_key":"{{new string('A', 3 << 20)}}"}""", Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        // A body that is refused unread ends the connection; sent meanwhile, it could take the answer with it.
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);
        Assert.Equal(413, (int)response.StatusCode);
    }

    [TpmFact]
    public async Task A_share_that_is_no_AES_key_is_refused()
    {
        var publicKey = (await fixture.Agent.GetPublicKeyAsync(s_current, default)).Value!.Pubkey;
        var answer = await fixture.Agent.SendVKeyAsync(s_current, new(Encrypt(publicKey, new byte[24])), default);
        Assert.Equal(400, answer.Status);
        Assert.Contains("invalid AES key size: 24", answer.Message, StringComparison.Ordinal);
        answer = await fixture.Agent.SendUKeyAsync(s_current, new("00", Encrypt(publicKey, new byte[32]), null), default);
        Assert.Equal(400, answer.Status);
        answer = await fixture.Agent.SendUKeyAsync(s_current, new(new string('x', 96), Encrypt(publicKey, new byte[32]), null), default);
        Assert.Contains("Invalid hex encoding in auth_tag", answer.Message, StringComparison.Ordinal);
        answer = await fixture.Agent.SendUKeyAsync(s_current, new(new string('0', 96), Encrypt(publicKey, new byte[32]), "%"), default);
        Assert.Contains("Invalid base64 encoding in payload", answer.Message, StringComparison.Ordinal);
    }

    [TpmFact]
    public async Task A_TPM_that_went_away_is_used_again_when_it_is_back()
    {
        await fixture.Tpm.PowerOffAsync();
        var answer = await fixture.Agent.GetIdentityQuoteAsync(s_current, "abc", default);
        Assert.Equal((500, "Unable to retrieve quote"), (answer.Status, answer.Message));
        await fixture.Tpm.PowerOnAsync();
        // The power is back, the TPM is empty: the key is loaded anew from its parts.
        var quote = (await fixture.Agent.GetIdentityQuoteAsync(s_current, "abc", default)).Value!;
        Assert.Equal(Verdict.Trusted, fixture.Appraise(quote, "abc", "0x0", AgentFixture.Before).Verdict);
        // The machine was started anew, so a new list begins.
        File.Delete(fixture.ImaList);
        await fixture.MeasureAsync("boot_aggregate");
    }

    [TpmFact]
    public async Task A_restart_keeps_keys_and_certificate()
    {
        var before = fixture.Registered;
        var publicKey = (await fixture.Agent.GetPublicKeyAsync(s_current, default)).Value!.Pubkey;
        await fixture.RestartAgentAsync();
        Assert.Equal((before.EkTpm, before.AikTpm, before.MtlsCert), (fixture.Registered.EkTpm, fixture.Registered.AikTpm, fixture.Registered.MtlsCert));
        Assert.Equal(publicKey, (await fixture.Agent.GetPublicKeyAsync(s_current, default)).Value!.Pubkey);
        var quote = (await fixture.Agent.GetIdentityQuoteAsync(s_current, "abc", default)).Value!;
        Assert.Equal(Verdict.Trusted, fixture.Appraise(quote, "abc", "0x0", AgentFixture.Before).Verdict);
    }

    private static readonly (string Method, string Path)[] Routes =
    [
        ("GET", "/version"), ("GET", "/v2.6/quotes/identity?nonce=a"), ("GET", "/v2.6/quotes/integrity?nonce=a&mask=0&partial=0"), ("GET", "/v2.6/keys/pubkey"),
        ("GET", "/v2.6/keys/verify?challenge=a"), ("POST", "/v2.6/keys/ukey"), ("POST", "/v2.6/keys/vkey"), ("POST", "/v2.6/notifications/revocation"), ("GET", "/v2.6/agent/info"),
    ];

    private async Task<QuoteResponse> AskAsync(string nonce, string mask, bool isPartial, long entry)
    {
        var answer = await fixture.Agent.GetIntegrityQuoteAsync(s_current, new(nonce, mask, isPartial, entry), default);
        Assert.True(answer.IsGood, answer.ToString());
        return answer.Value;
    }

    private static string Encrypt(string publicKey, byte[] share)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(publicKey);
        return Convert.ToBase64String(rsa.Encrypt(share, RSAEncryptionPadding.OaepSHA1));
    }

    private static async Task<byte[]> ReadWhenThereAsync(string path)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (!File.Exists(path)) await Task.Delay(20, timeout.Token);
        return await File.ReadAllBytesAsync(path);
    }
}

public sealed class RsaAgentFixture() : AgentFixture("rsa");

public sealed class RsaAgentTests(RsaAgentFixture fixture) : AgentTests(fixture, "rsa", "rsa2048", "rsassa"), IClassFixture<RsaAgentFixture>;

public sealed class EccAgentFixture() : AgentFixture("ecc");

public sealed class EccAgentTests(EccAgentFixture fixture) : AgentTests(fixture, "ecc", "ecc256", "ecdsa"), IClassFixture<EccAgentFixture>;
