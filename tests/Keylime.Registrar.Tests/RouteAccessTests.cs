using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;

namespace Keylime.Registrar.Tests;

/// <summary>Every route, asked by everybody.</summary>
public sealed class RouteAccessTests(RegistrarService registrar) : IClassFixture<RegistrarService>
{
    // Method, path, and whether agents use it, who have no certificate; those routes are on the plain port as well.
    public static readonly TheoryData<string, string, bool> Routes = new()
    {
        { "GET", "/version", true },
        { "GET", "/v2.6/agents", false },
        { "GET", "/v2.6/agents/a", false },
        { "DELETE", "/v2.6/agents/a", false },
        { "POST", "/v2.6/agents", true },
        { "POST", "/v2.6/agents/a", true },
        { "PUT", "/v2.6/agents/a", true },
        { "PUT", "/v2.6/agents/a/activate", true },
        { "POST", "/v2.6/agents/a/activate", true },
        { "GET", "/v1.0/agents", false },
        { "GET", "/v1.0/agents/a", false },
        { "DELETE", "/v1.0/agents/a", false },
        { "POST", "/v1.0/agents", true },
        { "POST", "/v1.0/agents/a", true },
        { "PUT", "/v1.0/agents/a", true },
        { "PUT", "/v1.0/agents/a/activate", true },
        { "POST", "/v1.0/agents/a/activate", true },
        { "GET", "/v3.0/agents", false },
        { "GET", "/v3.0/agents/a", false },
        { "DELETE", "/v3.0/agents/a", false },
        { "POST", "/v3.0/agents", true },
        { "POST", "/v3.0/agents/a/activate", true },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Lets_in_whom_the_reference_names(string method, string path, bool forAgents)
    {
        var plain = await AskAsync(registrar.Anonymous(), method, path);
        var anonymous = await AskAsync(registrar.AnonymousTls(), method, path);
        var admin = await AskAsync(registrar.Admin(), method, path);

        Assert.NotEqual(HttpStatusCode.Forbidden, admin);
        Assert.True(IsHandled(admin), $"{admin}");
        // The handler's own answer, the same for everybody; or none of it.
        Assert.Equal(forAgents ? admin : HttpStatusCode.BadRequest, plain);
        Assert.Equal(forAgents ? admin : HttpStatusCode.Forbidden, anonymous);
        // A certificate of another authority ends the handshake.
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(registrar.Foreign(), method, path));
    }

    [Fact]
    public void The_table_has_every_route()
    {
        var mapped = registrar.Endpoints
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (method, Path: $"/{endpoint.RoutePattern.RawText!.Trim('/')}")))
            .Where(route => route.Path != "/v3") // GET /v3.0/ is for everybody, over TLS
            .Order();
        var listed = Routes.Select(row => ((string)row[0], Path: Pattern((string)row[1]))).Order();
        Assert.Equal(listed, mapped);
    }

    private static string Pattern(string path) =>
        path.Replace(".6/", "/", StringComparison.Ordinal).Replace(".0/", "/", StringComparison.Ordinal).Replace("/a/", "/{id}/", StringComparison.Ordinal) is var text
            && text.EndsWith("/a", StringComparison.Ordinal) ? text[..^1] + "{id}" : text;

    private static bool IsHandled(HttpStatusCode status) => status is HttpStatusCode.OK or HttpStatusCode.BadRequest or HttpStatusCode.NotFound;

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string method, string path)
    {
        using (client)
        using (var request = new HttpRequestMessage(new(method), path) { Content = method is "GET" or "DELETE" ? null : new StringContent("{}", Encoding.UTF8) })
        using (var response = await client.SendAsync(request))
            return response.StatusCode;
    }
}
