using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Keylime.Registrar.Agents;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Registrar.Tests.Agents;

public sealed class RegistrationTests(RegistrarService registrar) : IClassFixture<RegistrarService>
{
    private readonly HttpClient _agent = registrar.Anonymous();
    private readonly HttpClient _admin = registrar.Admin();

    private async Task<string> RegisterAsync(string id, JsonObject request)
    {
        var (status, body) = await _agent.SendJsonAsync(HttpMethod.Post, $"/v2.6/agents/{id}", request.ToJsonString());
        Assert.True(status == HttpStatusCode.OK, body.ToJsonString());
        return (string)body["results"]!["blob"]!;
    }

    private async Task<string> RefuseAsync(string id, JsonObject request, HttpStatusCode expected)
    {
        var (status, body) = await _agent.SendJsonAsync(HttpMethod.Post, $"/v2.6/agents/{id}", request.ToJsonString());
        Assert.Equal(expected, status);
        Assert.Equal((int)expected, (int)body["code"]!);
        Assert.Empty(body["results"]!.AsObject());
        return (string)body["status"]!;
    }

    private async Task<HttpStatusCode> ActivateAsync(string id, string tag) =>
        (await _agent.SendJsonAsync(HttpMethod.Put, $"/v2.6/agents/{id}", new JsonObject { ["auth_tag"] = tag }.ToJsonString())).Status;

    private async Task RegisterAndActivateAsync(string id, TpmKeys tpm, JsonObject? request = null)
    {
        var blob = await RegisterAsync(id, request ?? tpm.Registration());
        Assert.Equal(HttpStatusCode.OK, await ActivateAsync(id, tpm.Answer(blob, id)!));
    }

    private async Task<JsonNode?> ShowAsync(string id)
    {
        var (status, body) = await _admin.SendJsonAsync(HttpMethod.Get, $"/v2.6/agents/{id}");
        return status == HttpStatusCode.OK ? body["results"] : null;
    }

    [Fact]
    public async Task Shows_an_agent_once_its_tpm_has_opened_the_challenge()
    {
        using var tpm = new TpmKeys();
        var certificate = tpm.EkCertificate();
        var request = tpm.Registration(("ekcert", PemEncoding.WriteString("CERTIFICATE", certificate)));
        var blob = await RegisterAsync("shown", request);
        Assert.Null(await ShowAsync("shown"));
        Assert.Contains("shown", (await _admin.SendJsonAsync(HttpMethod.Get, "/v2.6/agents/")).Body["results"]!["uuids"]!.AsArray().Select(id => (string)id!));

        Assert.Equal(HttpStatusCode.OK, await ActivateAsync("shown", tpm.Answer(blob, "shown")!));

        var shown = await ShowAsync("shown");
        Assert.NotNull(shown);
        Assert.True(JsonNode.DeepEquals(new JsonObject
        {
            ["agent_id"] = "shown",
            ["ek_tpm"] = request["ek_tpm"]!.DeepClone(),
            ["aik_tpm"] = request["aik_tpm"]!.DeepClone(),
            ["ekcert"] = Convert.ToBase64String(certificate),
            ["mtls_cert"] = "disabled",
            ["ip"] = "192.0.2.7",
            ["port"] = 9002,
            ["regcount"] = 1,
        }, shown), shown.ToJsonString());
    }

    [Fact]
    public async Task Answers_registration_and_activation_with_objects_as_the_rust_agent_demands()
    {
        using var tpm = new TpmKeys();
        var (_, registered) = await _agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/objects", tpm.Registration().ToJsonString());
        Assert.Equal("Success", (string)registered["status"]!);
        var tag = tpm.Answer((string)registered["results"]!["blob"]!, "objects");
        var (_, activated) = await _agent.SendJsonAsync(HttpMethod.Put, "/v2.6/agents/objects", $$"""{"auth_tag":"{{tag}}"}""");
        Assert.Equal("""{"code":200,"status":"Success","results":{}}""", activated.ToJsonString());
    }

    [Theory]
    [InlineData("PUT", "/v2.6/agents/forms/activate")]
    [InlineData("POST", "/v2.1/agents/forms/activate")]
    [InlineData("PUT", "/v2/agents/forms")]
    [InlineData("POST", "/v3.0/agents/forms/activate")]
    public async Task Registers_by_body_and_activates_in_all_forms(string method, string path)
    {
        using var tpm = new TpmKeys();
        await _admin.DeleteAsync("/v2.6/agents/forms");
        var (_, registered) = await _agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents", tpm.Registration(("agent_id", "forms")).ToJsonString());
        var tag = tpm.Answer((string)registered["results"]!["blob"]!, "forms");
        Assert.Equal(HttpStatusCode.OK, (await _agent.SendJsonAsync(new(method), path, $$"""{"auth_tag":"{{tag}}"}""")).Status);
        Assert.NotNull(await ShowAsync("forms"));
    }

    [Fact]
    public async Task Refuses_a_second_tpm_and_keeps_the_first()
    {
        using var first = new TpmKeys();
        using var second = new TpmKeys();
        await RegisterAndActivateAsync("taken", first);
        var before = await ShowAsync("taken");

        Assert.Equal(RegistrationRules.IdentityChanged, await RefuseAsync("taken", second.Registration(), HttpStatusCode.Forbidden));
        // One key of each is no better.
        second.Ek = first.Ek;
        await RefuseAsync("taken", second.Registration(), HttpStatusCode.Forbidden);

        Assert.True(JsonNode.DeepEquals(before, await ShowAsync("taken")));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("a b")]
    [InlineData("\u0000")]
    [InlineData("192.0.2.7:9002")]
    [InlineData("192.0.2.7/path")]
    [InlineData("user@192.0.2.7")]
    [InlineData("http://192.0.2.7")]
    public async Task Refuses_what_is_no_contact_address(string ip)
    {
        using var tpm = new TpmKeys();
        Assert.Contains("ip is neither an address nor a host name", await RefuseAsync("no-address", tpm.Registration(("ip", ip)), HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2001:db8::7")]
    [InlineData("agent-7.example.org")]
    [InlineData("")]
    public async Task Takes_addresses_and_names_and_none(string ip)
    {
        using var tpm = new TpmKeys();
        await _admin.DeleteAsync("/v2.6/agents/addressed");
        await RegisterAndActivateAsync("addressed", tpm, tpm.Registration(("ip", ip)));
        Assert.Equal(ip, (string?)(await ShowAsync("addressed"))!["ip"] ?? "");
    }

    [Fact]
    public async Task Takes_a_certificate_later_but_not_away_again()
    {
        using var tpm = new TpmKeys();
        await RegisterAndActivateAsync("filled", tpm);
        var certificate = ("ekcert", (JsonNode)Convert.ToBase64String(tpm.EkCertificate()));

        await RegisterAsync("filled", tpm.Registration(certificate));
        Assert.Equal(2, (int)(await ShowAsync("filled"))!["regcount"]!);
        await RefuseAsync("filled", tpm.Registration(), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Leaves_an_agent_active_that_registers_again_and_takes_its_new_address_when_it_is_proved()
    {
        using var tpm = new TpmKeys();
        await RegisterAndActivateAsync("again", tpm);
        var before = await ShowAsync("again");
        var blob = await RegisterAsync("again", tpm.Registration(("ip", "198.51.100.1"), ("port", 9003), ("mtls_cert", Convert.ToBase64String(tpm.EkCertificate()))));
        Assert.True(JsonNode.DeepEquals(before, await ShowAsync("again")));

        // Answered twice, as by an agent that lost our answer.
        for (var i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.OK, await ActivateAsync("again", tpm.Answer(blob, "again")!));
        var shown = (await ShowAsync("again"))!;
        Assert.Equal(("198.51.100.1", 9003, 1), ((string)shown["ip"]!, (int)shown["port"]!, (int)shown["regcount"]!));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", (string)shown["mtls_cert"]!, StringComparison.Ordinal);
    }

    // All that a registration says is public: without its TPM nobody may send the verifier elsewhere.
    [Fact]
    public async Task Keeps_the_address_of_an_active_agent_from_whoever_cannot_open_the_challenge()
    {
        using var tpm = new TpmKeys();
        await RegisterAndActivateAsync("diverted", tpm);
        var before = await ShowAsync("diverted");
        var own = await RegisterAsync("diverted", tpm.Registration());
        await RegisterAsync("diverted", tpm.Registration(("ip", "203.0.113.66"), ("mtls_cert", Convert.ToBase64String(tpm.EkCertificate()))));
        Assert.Equal(HttpStatusCode.BadRequest, await ActivateAsync("diverted", new string('0', 96)));
        Assert.Equal(HttpStatusCode.BadRequest, await ActivateAsync("diverted", tpm.Answer(own, "diverted")!));
        Assert.True(JsonNode.DeepEquals(before, await ShowAsync("diverted")));
    }

    [Fact]
    public async Task A_wrong_tag_deletes_a_record_that_was_never_active_and_no_other()
    {
        using var tpm = new TpmKeys();
        await RegisterAsync("wrong", tpm.Registration());
        Assert.Equal(HttpStatusCode.BadRequest, await ActivateAsync("wrong", new string('0', 96)));
        Assert.Equal(HttpStatusCode.NotFound, await ActivateAsync("wrong", new string('0', 96)));

        await RegisterAndActivateAsync("wrong", tpm);
        Assert.Equal(HttpStatusCode.BadRequest, await ActivateAsync("wrong", new string('0', 96)));
        Assert.NotNull(await ShowAsync("wrong"));
    }

    [Fact]
    public async Task The_tag_of_one_agent_or_of_an_older_challenge_activates_nothing()
    {
        using var tpm = new TpmKeys();
        var old = await RegisterAsync("replayed", tpm.Registration());
        var fresh = await RegisterAsync("replayed", tpm.Registration());
        Assert.NotEqual(old, fresh);
        Assert.Equal(HttpStatusCode.BadRequest, await ActivateAsync("replayed", tpm.Answer(old, "replayed")!));
        var third = await RegisterAsync("replayed", tpm.Registration());
        Assert.Equal(HttpStatusCode.BadRequest, await ActivateAsync("replayed", tpm.Answer(third, "another")!));
    }

    [Fact]
    public async Task A_challenge_opens_only_for_the_attestation_key_that_was_registered()
    {
        using var tpm = new TpmKeys();
        var blob = await RegisterAsync("bound", tpm.Registration());
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        tpm.Ak = TpmKeys.SigningKey(other, ObjectAttributes.AttestationKey);
        Assert.Null(tpm.Answer(blob, "bound"));
    }

    [Fact]
    public async Task A_missing_tag_deletes_nothing()
    {
        using var tpm = new TpmKeys();
        var blob = await RegisterAsync("untagged", tpm.Registration());
        Assert.Equal(HttpStatusCode.BadRequest, (await _agent.SendJsonAsync(HttpMethod.Put, "/v2.6/agents/untagged", "{}")).Status);
        Assert.Equal(HttpStatusCode.OK, await ActivateAsync("untagged", tpm.Answer(blob, "untagged")!));
    }

    [Theory]
    [InlineData(ObjectAttributes.Restricted)]
    [InlineData(ObjectAttributes.FixedTpm)]
    [InlineData(ObjectAttributes.FixedParent)]
    [InlineData(ObjectAttributes.SensitiveDataOrigin)]
    [InlineData(ObjectAttributes.Sign)]
    public async Task Refuses_an_attestation_key_without(ObjectAttributes missing)
    {
        using var tpm = new TpmKeys();
        tpm.Ak = tpm.Ak with { Attributes = tpm.Ak.Attributes & ~missing };
        Assert.Contains("aik_tpm is not an attestation key", await RefuseAsync("ak-attributes", tpm.Registration(), HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TpmKeys.EkAttributes & ~ObjectAttributes.Restricted)]
    [InlineData(TpmKeys.EkAttributes & ~ObjectAttributes.FixedTpm)]
    [InlineData(TpmKeys.EkAttributes & ~ObjectAttributes.Decrypt)]
    [InlineData(TpmKeys.EkAttributes | ObjectAttributes.Sign)]
    public async Task Refuses_an_endorsement_key_with(ObjectAttributes attributes)
    {
        using var tpm = new TpmKeys();
        tpm.Ek = tpm.Ek with { Attributes = attributes };
        Assert.Contains("ek_tpm is not an endorsement key", await RefuseAsync("ek-attributes", tpm.Registration(), HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_endorsement_keys_that_cannot_carry_a_challenge()
    {
        using var tpm = new TpmKeys();
        tpm.Ek = tpm.Ek with { NameAlgorithm = TpmAlgorithm.Sha1 };
        await RefuseAsync("no-challenge", tpm.Registration(), HttpStatusCode.BadRequest);
        tpm.Ek = tpm.Ek with { NameAlgorithm = TpmAlgorithm.Sha256, Symmetric = SymmetricDefinition.Null };
        await RefuseAsync("no-challenge", tpm.Registration(), HttpStatusCode.BadRequest);
        await RefuseAsync("no-challenge", tpm.Registration(("ek_tpm", null)), HttpStatusCode.BadRequest);
        await RefuseAsync("no-challenge", tpm.Registration(("aik_tpm", null)), HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Refuses_the_certificate_of_another_endorsement_key()
    {
        using var tpm = new TpmKeys();
        using var other = new TpmKeys();
        Assert.Contains("ekcert is not the certificate of ek_tpm",
            await RefuseAsync("foreign-cert", tpm.Registration(("ekcert", Convert.ToBase64String(other.EkCertificate()))), HttpStatusCode.BadRequest),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_a_padded_certificate_without_its_padding_and_knows_it_again()
    {
        using var tpm = new TpmKeys();
        var certificate = tpm.EkCertificate();
        var padded = Convert.ToBase64String([.. certificate, .. new byte[100]]);
        await RegisterAndActivateAsync("padded", tpm, tpm.Registration(("ekcert", padded)));
        await RegisterAsync("padded", tpm.Registration(("ekcert", padded)));
        await RegisterAsync("padded", tpm.Registration(("ekcert", Convert.ToHexString(certificate))));
        var shown = (await ShowAsync("padded"))!;
        Assert.Equal((Convert.ToBase64String(certificate), 1), ((string)shown["ekcert"]!, (int)shown["regcount"]!));
    }

    [Fact]
    public async Task One_of_many_tpms_that_claim_an_id_at_once_gets_it()
    {
        var tpms = Enumerable.Range(0, 6).Select(_ => new TpmKeys()).ToList();
        var answers = await Task.WhenAll(tpms.Select(tpm =>
            _agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/contested", tpm.Registration().ToJsonString())));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Forbidden, answer.Body.ToJsonString()));
        tpms.ForEach(tpm => tpm.Dispose());
    }

    [Fact]
    public async Task One_tpm_that_registers_many_times_at_once_stays_one_registration()
    {
        using var tpm = new TpmKeys();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
            _agent.SendJsonAsync(HttpMethod.Post, "/v2.6/agents/eager", tpm.Registration().ToJsonString())));
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, answer.Body.ToJsonString()));
        await RegisterAndActivateAsync("eager", tpm);
        Assert.Equal(1, (int)(await ShowAsync("eager"))!["regcount"]!);
    }

    [Fact]
    public async Task Deletes_for_operators_and_lets_a_new_tpm_in()
    {
        using var first = new TpmKeys();
        using var second = new TpmKeys();
        await RegisterAndActivateAsync("replaced", first);
        Assert.Equal(HttpStatusCode.OK, (await _admin.SendJsonAsync(HttpMethod.Delete, "/v2.6/agents/replaced")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _admin.SendJsonAsync(HttpMethod.Delete, "/v2.6/agents/replaced")).Status);
        await RegisterAndActivateAsync("replaced", second);
    }
}
