using System.Net;
using System.Text.Json;

namespace Keylime.Verifier.Tests.Agents;

public sealed class SqliteAgentEndpointsTests : AgentEndpointsTests
{
    internal override Task<TestSite> CreateSiteAsync() => Task.FromResult(TestSite.OnSqlite());
}

public sealed class PostgresAgentEndpointsTests : AgentEndpointsTests
{
    internal override Task<TestSite> CreateSiteAsync() => TestSite.OnPostgresAsync();
}

/// <summary>Agents by API, on each database. Nobody answers at the agents' address; retries are many, so that nothing fails meanwhile.</summary>
public abstract class AgentEndpointsTests : IAsyncLifetime
{
    private const string Path = "/v2.6/agents";
    private TestSite _site = null!;
    private TestVerifier _verifier = null!;

    internal abstract Task<TestSite> CreateSiteAsync();

    public async Task InitializeAsync()
    {
        _site = await CreateSiteAsync();
        _verifier = await TestVerifier.StartAsync(_site, ("max_retries", "1000"), ("retry_interval", "1"));
    }

    public async Task DisposeAsync()
    {
        await _verifier.DisposeAsync();
        _site.Dispose();
    }

    [Fact]
    public async Task An_added_agent_is_shown_as_it_was_sent()
    {
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Post, "/a.b_c-1", AddRequest.Blank(("v", Convert.ToBase64String(new byte[32])), ("metadata", """{"cert_serial":1}""")));

        var status = (await ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, "/a.b_c-1")).Results;

        Assert.Equal(JsonDocument.Parse("""
            {"operational_state":1,"v":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","ip":"127.0.0.1","port":9,"tpm_policy":"{\"mask\":\"0x0\"}",
             "meta_data":"{\"cert_serial\":1}","has_mb_refstate":0,"has_runtime_policy":0,"accept_tpm_hash_algs":["sha256","sha384"],
             "accept_tpm_encryption_algs":["ecc","rsa"],"accept_tpm_signing_algs":["ecdsa","rsassa"],"hash_alg":"","enc_alg":"","sign_alg":"",
             "verifier_id":"default","verifier_ip":"10.0.0.1","verifier_port":8881,"severity_level":null,"last_event_id":null,"attestation_count":0,
             "last_received_quote":0,"last_successful_attestation":0,"attestation_status":"PENDING","attestation_period":"0.2s",
             "maximum_attestation_interval":"1s","effective_interval":null,"trust_state":"pending","judged":[]}
            """).RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString()),
            // Whether an owner has asked it yet, and heard nothing, is a matter of time.
            status.EnumerateObject().Where(member => member.Name is not ("owner" or "reason")).ToDictionary(member => member.Name, member => member.Value.ToString()));
    }

    [Fact]
    public async Task Shown_policies_are_those_that_were_chosen()
    {
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Post, "/a", AddRequest.Blank(
            ("runtime_policy", AddRequest.Base64(TestAgent.PolicyFor("/bin/a"))), ("mb_policy", "{}")));
        var status = (await ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, "/a")).Results;
        Assert.Equal((1, 1), (status.GetProperty("has_runtime_policy").GetInt32(), status.GetProperty("has_mb_refstate").GetInt32()));
    }

    [Fact]
    public async Task Lists_ids_each_in_a_list_of_its_own_and_states_by_id()
    {
        foreach (var id in (string[])["b", "a"]) await ExpectAsync(HttpStatusCode.OK, HttpMethod.Post, $"/{id}", AddRequest.Blank());

        Assert.Equal("""{"uuids":[["a"],["b"]]}""", (await ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, "/")).Results.ToString());
        Assert.Equal("""{"uuids":[["a"],["b"]]}""", (await ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, "?verifier=default")).Results.ToString());
        Assert.Equal("""{"uuids":[]}""", (await ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, "?verifier=other")).Results.ToString());
        var bulk = (await ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, "?bulk=false")).Results;
        Assert.Equal(["a", "b"], bulk.EnumerateObject().Select(member => member.Name));
        Assert.Equal(1, bulk.GetProperty("b").GetProperty("operational_state").GetInt32());
        Assert.Empty((await ExpectAsync(HttpStatusCode.OK, HttpMethod.Get, "?bulk&verifier=other")).Results.EnumerateObject());
    }

    [Theory]
    [InlineData("?verifier=%00")]
    [InlineData("?bulk&verifier=a%00b")]
    public async Task A_verifier_id_with_a_NUL_is_refused(string query) =>
        Assert.Equal("verifier must not hold a NUL", (await ExpectAsync(HttpStatusCode.BadRequest, HttpMethod.Get, query)).Message);

    [Fact]
    public async Task A_deleted_agent_is_gone_with_its_own_policies_and_can_be_added_again()
    {
        var body = AddRequest.Blank(("runtime_policy", AddRequest.Base64(TestAgent.PolicyFor())), ("mb_policy", "{}"));
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Post, "/a", body);
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Delete, "/a");

        Assert.Equal("agent id not found", (await ExpectAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/a")).Message);
        await ExpectAsync(HttpStatusCode.NotFound, HttpMethod.Delete, "/a");
        Assert.Equal(HttpStatusCode.NotFound, (await _verifier.GetAsync("/v2.6/allowlists/a")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _verifier.GetAsync("/v2.6/mbpolicies/a")).Status);
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Post, "/a", body);
    }

    [Fact]
    public async Task A_stopped_agent_has_failed_until_it_is_reactivated()
    {
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Post, "/a", AddRequest.Blank());
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Put, "/a/stop");
        var stopped = await _verifier.StatusAsync("a");
        Assert.Equal((10, "FAIL", "failed"), (stopped.OperationalState, stopped.AttestationStatus, stopped.TrustState));
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Put, "/a/reactivate");
        var reactivated = await _verifier.StatusAsync("a");
        Assert.Equal((1, "PENDING", "pending"), (reactivated.OperationalState, reactivated.AttestationStatus, reactivated.TrustState));
    }

    [Theory]
    [InlineData("/nobody/stop")]
    [InlineData("/nobody/reactivate")]
    [InlineData("/nobody")]
    public async Task Changing_an_unknown_agent_is_a_bad_request(string path) =>
        Assert.StartsWith("Exception error: ", (await ExpectAsync(HttpStatusCode.BadRequest, HttpMethod.Put, path)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task An_id_outside_the_alphabet_is_a_bad_request(string method)
    {
        foreach (var id in (string[])["a%20b", "a%0A", "%C3%A9", "a:b", new string('a', 81)])
            Assert.Equal("agent_id not not valid", (await ExpectAsync(HttpStatusCode.BadRequest, new(method), $"/{id}", AddRequest.Blank())).Message);
    }

    [Fact]
    public async Task What_exists_already_or_does_not_exist_is_told_in_Keylimes_order()
    {
        Assert.Equal(HttpStatusCode.Created, (await _verifier.SendAsync(HttpMethod.Post, "/v2.6/allowlists/named", new { runtime_policy = AddRequest.Base64(TestAgent.PolicyFor()) })).Status);
        Assert.Equal(HttpStatusCode.Created, (await _verifier.SendAsync(HttpMethod.Post, "/v2.6/mbpolicies/named", new { mb_policy = "{}" })).Status);
        await ExpectAsync(HttpStatusCode.OK, HttpMethod.Post, "/a", AddRequest.Blank(("runtime_policy_name", "named"), ("mb_policy_name", "named")));

        var text = AddRequest.Base64(TestAgent.PolicyFor());
        var broken = AddRequest.Base64("{}");
        await ExpectAddedAsync(409, "a");
        await ExpectAddedAsync(409, "a", ("runtime_policy", broken));
        await ExpectAddedAsync(409, "b", ("runtime_policy", text), ("runtime_policy_name", "named"));
        await ExpectAddedAsync(409, "b", ("runtime_policy", broken), ("runtime_policy_name", "named"));
        await ExpectAddedAsync(404, "b", ("runtime_policy_name", "unknown"));
        await ExpectAddedAsync(404, "a", ("runtime_policy_name", "unknown"));
        await ExpectAddedAsync(400, "b", ("runtime_policy", broken));
        await ExpectAddedAsync(400, "b", ("mb_policy", "[]"));
        await ExpectAddedAsync(409, "b", ("mb_policy", "{}"), ("mb_policy_name", "named"));
        await ExpectAddedAsync(404, "b", ("mb_policy_name", "unknown"));
        await ExpectAddedAsync(200, "b", ("runtime_policy", text), ("runtime_policy_name", "new"), ("mb_policy", "{}"), ("mb_policy_name", "new"));
        await ExpectAddedAsync(200, "c", ("runtime_policy_name", "new"), ("mb_policy_name", "new"));
    }

    private Task<TestAnswer> ExpectAddedAsync(int status, string id, params (string, object?)[] members) =>
        ExpectAsync((HttpStatusCode)status, HttpMethod.Post, $"/{id}", AddRequest.Blank(members));

    private async Task<TestAnswer> ExpectAsync(HttpStatusCode status, HttpMethod method, string path, object? body = null)
    {
        var answer = await _verifier.SendAsync(method, Path + path, body);
        Assert.True(status == answer.Status, answer.ToString());
        Assert.Equal((int)status, JsonDocument.Parse(answer.Body).RootElement.GetProperty("code").GetInt32());
        return answer;
    }
}
