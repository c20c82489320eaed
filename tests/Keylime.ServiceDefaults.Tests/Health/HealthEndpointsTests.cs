using Keylime.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;

namespace Keylime.ServiceDefaults.Tests.Health;

public sealed class HealthEndpointsTests
{
    [Theory]
    [InlineData("/health", 200)]
    [InlineData("/alive", 200)]
    [InlineData("/open", 404)]
    public async Task Serves_probes_and_nothing_else_on_the_management_listener(string path, int status)
    {
        await using var host = await StartAsync();
        Assert.Equal(status, await GetAsync(host.Management, path));
    }

    [Theory]
    [InlineData("/health", 404)]
    [InlineData("/alive", 404)]
    [InlineData("/open", 200)]
    public async Task Serves_no_probes_elsewhere(string path, int status)
    {
        await using var host = await StartAsync();
        Assert.Equal(status, await GetAsync(host.Plain, path));
    }

    private static Task<TestHost> StartAsync() =>
        TestHost.StartAsync(null, app => app.MapGet("/open", () => "").AllowEveryoneOverPlainHttp(), null, ("KEYLIME_MANAGEMENT_PORT", "0"));

    private static async Task<int> GetAsync(Uri host, string path)
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(host, path));
        return (int)response.StatusCode;
    }
}
