using System.Net;
using System.Text;
using System.Text.Json;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tests.Tls;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Tests.Http;

public sealed class KeylimeHttpTests : IAsyncLifetime, IDisposable
{
    private readonly Authority _authority = new();
    private TestHost _tls = null!;
    private TestHost _plain = null!;

    public async Task InitializeAsync()
    {
        _tls = await TestHost.StartAsync(new(_authority.Server(), _authority.Trust, ClientCertificates.Optional), Map, Options);
        _plain = await TestHost.StartAsync(null, Map, Options);
    }

    public async Task DisposeAsync()
    {
        await _tls.DisposeAsync();
        await _plain.DisposeAsync();
    }

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("GET", "/v2.1/agents/a", 200, "2.1")]
    [InlineData("GET", "/v2.6/agents/a", 200, "2.6")]
    [InlineData("GET", "/v2/agents/a", 200, "2.6")]
    [InlineData("GET", "/v2.6/agents/a/", 200, "2.6")]
    [InlineData("GET", "/plain", 200, "2.6")]
    [InlineData("GET", "/V2.1/agents/a", 200, "2.1")]
    [InlineData("GET", "/V2.7/agents/a", 404, "")]
    [InlineData("GET", "/v2.7/agents/a", 404, "")]
    [InlineData("GET", "/v02.6/agents/a", 404, "")]
    [InlineData("GET", "/v9/agents/a", 404, "")]
    [InlineData("GET", "/v99999999999999999999/agents/a", 404, "")]
    [InlineData("GET", "/v2.6", 404, "")]
    [InlineData("GET", "/agents/a", 404, "")]
    [InlineData("GET", "/v2.6/nothing", 404, "")]
    [InlineData("GET", "/", 404, "")]
    [InlineData("PATCH", "/v2.6/agents/a", 405, "")]
    [InlineData("BREW", "/v2.6/agents/a", 501, "")]
    public async Task Answers_paths_and_methods_as_keylime_does(string method, string path, int status, string body)
    {
        using var response = await SendAsync(_tls.Tls, method, path, _authority.Client());
        Assert.Equal((status, body), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("/v2.6/names/a%2541", "a%41")]
    [InlineData("/v2.6/names/%2500", "%00")]
    [InlineData("/v2.6/names/a%252Fb", "a%2Fb")]
    [InlineData("/v2.6/names/%C3%A9%2B", "é+")]
    public async Task Decodes_a_path_once(string path, string name)
    {
        using var response = await SendAsync(_tls.Tls, "GET", path, null);
        Assert.Equal(name, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/v2/agents/a", false, 403, "Action requires an admin client certificate")]
    [InlineData("/v2/agents/a", true, 200, null)]
    [InlineData("/v2/public", false, 200, null)]
    [InlineData("/v2/public", true, 200, null)]
    [InlineData("/v2/undeclared", false, 403, "Route declares no access")]
    [InlineData("/v2/undeclared", true, 403, "Route declares no access")]
    public async Task Lets_callers_use_declared_routes_only(string path, bool isAdmin, int status, string? detail)
    {
        using var response = await SendAsync(_tls.Tls, "GET", path, isAdmin ? _authority.Client() : null);
        Assert.Equal(status, (int)response.StatusCode);
        if (detail is null) return;
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var error = body.RootElement.GetProperty("errors")[0];
        Assert.Equal(("403", "Forbidden", detail), (error.GetProperty("status").GetString(), error.GetProperty("title").GetString(), error.GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData("Bearer abc.def", "Invalid authentication token")]
    [InlineData("Basic abc", "Invalid Authorization header format")]
    [InlineData("", "Invalid Authorization header format")]
    public async Task Judges_whoever_sends_a_token_by_the_token_alone(string header, string detail)
    {
        using var response = await SendAsync(_tls.Tls, "GET", "/v2/agents/a", _authority.Client(), null, ("Authorization", header));
        Assert.Equal($$"""{"errors":[{"status":"401","title":"Unauthorized","detail":"{{detail}}"}]}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("/v2/agents/a", 400)]
    [InlineData("/v2/public", 400)]
    [InlineData("/v2/undeclared", 403)]
    [InlineData("/plain", 200)]
    public async Task Keeps_routes_off_plain_listeners_unless_they_are_declared_for_them(string path, int status)
    {
        using var response = await SendAsync(_plain.Plain, "GET", path, null);
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 400) Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("""{"auth_tag":"x"}""", 200, "x True")]
    [InlineData("""{"auth_tag":null}""", 200, " True")]
    [InlineData("""{"other":{"deep":[1]}}""", 200, " False")]
    [InlineData("""{"auth_tag":5}""", 400, "Member 'auth_tag' has the wrong type")]
    [InlineData("""{"auth_tag":"x","auth_tag":"y"}""", 400, "Member 'auth_tag' appears twice")]
    [InlineData("""["auth_tag"]""", 400, "Request body must be a JSON object")]
    [InlineData("null", 400, "Request body must be a JSON object")]
    [InlineData("\"x\"", 400, "Request body must be a JSON object")]
    [InlineData("""{"auth_tag":"\ud800"}""", 400, "Member 'auth_tag' has the wrong type")]
    public async Task Reads_bodies_and_names_the_member_that_is_wrong(string json, int status, string text)
    {
        using var response = await SendAsync(_tls.Tls, "PUT", "/v2/public", null, json);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200 ? text : $$$"""{"code":{{{status}}},"status":"{{{text.Replace("'", "\\u0027", StringComparison.Ordinal)}}}","results":{}}""", body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"auth_tag\":\"x\"}}")]
    [InlineData("{\"auth_tag\":\"x\",}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("\u0000")]
    public async Task Answers_what_is_not_json_with_a_reason_phrase(string json)
    {
        using var response = await SendAsync(_tls.Tls, "PUT", "/v2/public", null, json);
        Assert.Equal((HttpStatusCode.BadRequest, "Malformed Request Parameter", ""), (response.StatusCode, response.ReasonPhrase, await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Refuses_deep_and_large_bodies()
    {
        using var deep = await SendAsync(_tls.Tls, "PUT", "/v2/public", null, new string('[', 900));
        Assert.Equal(HttpStatusCode.BadRequest, deep.StatusCode);
        using var large = await SendAsync(_tls.Tls, "PUT", "/v2/public", null, $$"""{"auth_tag":"{{new string('a', 1000)}}"}""");
        Assert.Equal("""{"code":413,"status":"Request body is larger than 1000 bytes","results":{}}""", await large.Content.ReadAsStringAsync());
        using var chunked = new HttpRequestMessage(HttpMethod.Put, new Uri(_tls.Tls, "/v2/public")) { Content = new StringContent(new string(' ', 2000)) };
        chunked.Headers.TransferEncodingChunked = true;
        using var http = new HttpClient(new ClientTls(null, _authority.Trust).CreateHandler());
        using var refused = await http.SendAsync(chunked);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Theory]
    [InlineData("/v2/fault", 500, "Internal server error")]
    [InlineData("/v2/outage", 503, "Service unavailable, try again")]
    public async Task Says_nothing_of_its_inside_when_a_handler_fails(string path, int status, string message)
    {
        using var response = await SendAsync(_tls.Tls, "GET", path, null);
        Assert.Equal($$$"""{"code":{{{status}}},"status":"{{{message}}}","results":{}}""", await response.Content.ReadAsStringAsync());
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("abc_1", "abc_1")]
    [InlineData("a-b\tc d", "abcd")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Takes_a_request_id_over_in_safe_characters(string header, string id)
    {
        using var response = await SendAsync(_tls.Tls, "GET", "/v2/id", null, null, ("X-Request-ID", header));
        Assert.Equal(id, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Sends_all_three_members_of_the_envelope()
    {
        using var response = await SendAsync(_tls.Tls, "GET", "/v2/ok", null);
        Assert.Equal("""{"code":200,"status":"Success","results":{}}""", await response.Content.ReadAsStringAsync());
    }

    private static KeylimeHttpOptions Options => new() { IsOutage = e => e is TimeoutException };

    private static void Map(WebApplication app)
    {
        app.MapGet("/v2/agents/{id}", (HttpContext context) => context.GetApiVersion().ToString()).RequireAdmin();
        app.MapGet("/plain", (HttpContext context) => context.GetApiVersion().ToString()).AllowEveryoneOverPlainHttp();
        app.MapGet("/v2/public", () => "").AllowEveryone();
        app.MapPut("/v2/public", (Delegate)PutAsync).AllowEveryone();
        app.MapGet("/v2/names/{name}", (string name) => name).AllowEveryone();
        app.MapGet("/v2/undeclared", () => "");
        app.MapGet("/v2/ok", Answers.Ok).AllowEveryone();
        app.MapGet("/v2/id", (HttpContext context) => context.TraceIdentifier).AllowEveryone();
        app.MapGet("/v2/fault", string () => throw new InvalidOperationException("secret")).AllowEveryone();
        app.MapGet("/v2/outage", string () => throw new TimeoutException("secret")).AllowEveryone();
    }

    private static async Task<IResult> PutAsync(HttpContext context)
    {
        var reading = await JsonBody.ReadAsync(context, KeylimeJson.Default.ActivateAgentRequest, 1000);
        return reading.IsGood ? Results.Text($"{reading.Body.Value.AuthTag} {reading.Body.Has("auth_tag")}") : reading.Refusal;
    }

    private async Task<HttpResponseMessage> SendAsync(Uri host, string method, string path, TlsIdentity? identity, string? json = null, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient(new ClientTls(identity, _authority.Trust).CreateHandler());
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(host, path));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }
}
