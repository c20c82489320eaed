using System.Net;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Gateway.Tests.Forwarding;

/// <summary>Every kind of route with every kind of client: whom does the back end take the client for?</summary>
public sealed class IdentityTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private readonly TestCluster _cluster = fixture.Fresh();

    public static TheoryData<string> Paths =>
        ["/", "/version", "/v2.6/agents", "/v2.6/agents/agent-1", "/v2.6/allowlists/p", "/v2.6/mbpolicies/p", "/v2.6/verify/evidence", "/v3.0/agents/agent-1/attestations", "/v3.0/sessions"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Hands_on_who_the_client_is(string path)
    {
        foreach (var target in Targets(path))
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete])
            {
                Assert.Equal("client", await CallerAsync(_cluster.Admin, method, target));
                Assert.Null(await CallerAsync(_cluster.Anonymous, method, target));
            }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Lets_nobody_forge_an_identity(string path)
    {
        var forged = $":{Convert.ToBase64String(_cluster.Certificates.Client.Certificate.RawData)}:";
        foreach (var target in Targets(path))
            foreach (var name in (string[])["Client-Cert", "client-cert", "CLIENT-CERT"])
            {
                Assert.Null(await CallerAsync(_cluster.Anonymous, HttpMethod.Get, target, (name, forged)));
                Assert.Null(await CallerAsync(_cluster.Anonymous, HttpMethod.Get, target, (name, forged), (name, forged)));
                Assert.Null(await CallerAsync(_cluster.Anonymous, HttpMethod.Get, target, (name, forged), ("Connection", name)));
                Assert.Null(await CallerAsync(_cluster.As(_cluster.Certificates.Gateway), HttpMethod.Get, target, (name, forged)));
            }
    }

    [Fact]
    public async Task Lets_an_admin_not_pass_for_another()
    {
        var other = $":{Convert.ToBase64String(_cluster.Certificates.Server.Certificate.RawData)}:";
        Assert.Equal("client", await CallerAsync(_cluster.Admin, HttpMethod.Get, _cluster.Verifier("/v2.6/agents"), ("Client-Cert", other)));
    }

    [Fact]
    public async Task Removes_the_headers_of_proxies_and_sets_its_own()
    {
        await CallerAsync(_cluster.Admin, HttpMethod.Get, _cluster.Verifier("/v2.6/agents"),
            ("Client-Cert-Chain", ":AAAA:"), ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Host", "evil"), ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Prefix", "/x"), ("Forwarded", "for=6.6.6.6"), ("X-Kept", "yes"), ("Authorization", "Basic abc"));
        var headers = Assert.Single(_cluster.Verifiers.SelectMany(verifier => verifier.Received)).Headers;
        Assert.Equal("127.0.0.1", headers["X-Forwarded-For"]);
        Assert.Equal("yes", headers["X-Kept"]);
        Assert.Equal("Basic abc", headers["Authorization"]);
        Assert.Contains("Client-Cert", headers.Keys);
        Assert.DoesNotContain("evil", headers["Host"], StringComparison.Ordinal);
        foreach (var removed in (string[])["Client-Cert-Chain", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded"])
            Assert.DoesNotContain(removed, headers.Keys);
    }

    [Fact]
    public async Task Hands_on_a_bearer_token_of_an_agent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _cluster.Verifier("/v3.0/agents/agent-1/attestations"));
        request.Headers.Add("Authorization", "Bearer token");
        using var response = await _cluster.Anonymous.SendAsync(request);
        // The back end's own answer: it knows no sessions.
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("Invalid authentication token", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_certificates_of_strangers_at_the_handshake()
    {
        foreach (var identity in (TlsIdentity[])[_cluster.Certificates.Foreign, _cluster.Certificates.Expired, _cluster.Certificates.Server])
            foreach (var target in (Uri[])[_cluster.Verifier("/version"), _cluster.RegistrarTls("/version")])
                await Assert.ThrowsAsync<HttpRequestException>(() => _cluster.As(identity).GetAsync(target));
        Assert.All(_cluster.Backends, backend => Assert.Empty(backend.Received));
    }

    [Fact]
    public async Task Knows_nobody_on_the_plain_listener()
    {
        var forged = $":{Convert.ToBase64String(_cluster.Certificates.Client.Certificate.RawData)}:";
        Assert.Null(await CallerAsync(_cluster.Anonymous, HttpMethod.Post, _cluster.Registrar("/v2.6/agents/agent-1"), ("Client-Cert", forged)));
        Assert.DoesNotContain("Client-Cert", Assert.Single(_cluster.PlainRegistrars.SelectMany(registrar => registrar.Received)).Headers.Keys);
    }

    private IEnumerable<Uri> Targets(string path)
    {
        yield return _cluster.Verifier(path);
        if (path is "/" or "/version" || path.Contains("/agents", StringComparison.Ordinal)) yield return _cluster.RegistrarTls(path);
    }

    private static async Task<string?> CallerAsync(HttpClient client, HttpMethod method, Uri target, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, target);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await client.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.Unauthorized) return "unauthorized";
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (string?)(await TestCluster.Json(response))["caller"];
    }
}
