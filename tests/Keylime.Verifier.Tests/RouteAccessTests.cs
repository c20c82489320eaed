using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Verifier.Tests;

/// <summary>Every route against every identity. The routes are the program's own list, so that a new one cannot be forgotten.</summary>
public sealed class RouteAccessTests(VerifierFixture fixture) : IClassFixture<VerifierFixture>
{
    private static readonly string[] Public = ["GET /version", "GET /versions", "GET /", "GET /v3/"];

    [Fact]
    public async Task Only_versions_are_public()
    {
        using var anonymous = fixture.Verifier.ClientOf(null);
        Assert.Equal(Public.Order(), (await OpenRoutesAsync(anonymous)).Order());
    }

    [Fact]
    public async Task The_gateway_by_itself_may_ask_for_the_members_and_is_nobody_else()
    {
        using var gateway = fixture.Verifier.Gateway();
        Assert.Equal([.. Public.Append("GET /cluster/members").Order()], (await OpenRoutesAsync(gateway)).Order());
    }

    [Fact]
    public async Task An_operator_may_use_every_route() => Assert.Equal(Routes().Order(), (await OpenRoutesAsync(fixture.Verifier.Admin)).Order());

    [Fact]
    public async Task A_client_of_another_authority_is_not_even_greeted()
    {
        using var foreigner = fixture.Verifier.ClientOf(Samples.Foreigner);
        foreach (var route in Routes()) await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(foreigner, route));
    }

    [Fact]
    public async Task A_forwarded_certificate_is_believed_from_the_gateway_only()
    {
        var header = $":{Convert.ToBase64String(Samples.Foreigner.Certificate.RawData)}:";
        using var anonymous = fixture.Verifier.ClientOf(null);
        using var gateway = fixture.Verifier.Gateway();
        foreach (var client in (HttpClient[])[anonymous, gateway])
        {
            client.DefaultRequestHeaders.Add("Client-Cert", header);
            Assert.Equal(Public.Order(), (await OpenRoutesAsync(client)).Order());
        }
    }

    [Theory]
    [InlineData("PATCH", "/v2.6/agents/a", 405)]
    [InlineData("POST", "/v2.6/agents", 405)]
    [InlineData("GET", "/v2.6/agents/a/b", 404)]
    [InlineData("GET", "/v2.7/agents", 404)]
    [InlineData("GET", "/v02.6/agents", 404)]
    [InlineData("GET", "/agents", 404)]
    [InlineData("BREW", "/v2.6/agents", 501)]
    public async Task What_is_not_served_has_an_empty_answer(string method, string path, int status)
    {
        var answer = await fixture.Verifier.SendAsync(new(method), path, null);
        Assert.Equal((status, ""), ((int)answer.Status, answer.Body));
    }

    [Fact]
    public async Task The_root_leads_to_the_newest_version()
    {
        var answer = await fixture.Verifier.GetAsync("/");
        Assert.Equal((HttpStatusCode.TemporaryRedirect, "/v3.0/"), (answer.Status, answer.Location));
        Assert.Equal("{}", (await fixture.Verifier.GetAsync(answer.Location!)).Results.ToString());
    }

    [Theory]
    [InlineData("/version")]
    [InlineData("/versions")]
    public async Task Versions_are_those_of_Keylime(string path) => Assert.Equal(
        """{"current_version":"2.6","supported_versions":["1.0","2.0","2.1","2.2","2.3","2.4","2.5","2.6","3.0"]}""",
        (await fixture.Verifier.GetAsync(path)).Results.ToString());

    private async Task<List<string>> OpenRoutesAsync(HttpClient client)
    {
        var open = new List<string>();
        foreach (var route in Routes())
        {
            var status = (await AskAsync(client, route)).Status;
            Assert.NotEqual(HttpStatusCode.InternalServerError, status);
            if (status is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)) open.Add(route);
        }
        return open;
    }

    private static Task<TestAnswer> AskAsync(HttpClient client, string route)
    {
        var parts = route.Split(' ');
        return TestVerifier.SendAsync(client, new(parts[0]), parts[1].Replace("/v2/", "/v2.6/", StringComparison.Ordinal).Replace("/v3/", "/v3.0/", StringComparison.Ordinal)
            .Replace("{id}", "nobody", StringComparison.Ordinal).Replace("{name}", "nothing", StringComparison.Ordinal), null);
    }

    private List<string> Routes() =>
    [
        .. fixture.Verifier.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().SelectMany(endpoint =>
            (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => $"{method} {endpoint.RoutePattern.RawText}")),
    ];
}
