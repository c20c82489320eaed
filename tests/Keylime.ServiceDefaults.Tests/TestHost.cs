using System.Net;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;

namespace Keylime.ServiceDefaults.Tests;

/// <summary>A real service on free ports, with the defaults and a test's own routes.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestHost(WebApplication app) => _app = app;

    public Uri Tls => Address("https");

    public Uri Plain => Address("http");

    /// <summary>The management listener, which is added before the service's own.</summary>
    public Uri Management => new(_app.Urls.First());

    public static async Task<TestHost> StartAsync(ServerTls? tls, Action<WebApplication> map, KeylimeHttpOptions? options = null, params (string Name, string Value)[] environment)
    {
        var builder = WebApplication.CreateBuilder();
        builder.AddServiceDefaults(KeylimeSettings.Load("verifier", environment.ToDictionary(e => e.Name, e => e.Value), "/nowhere"));
        if (tls is not null) builder.ListenTls(IPAddress.Loopback, 0, tls);
        else builder.ListenPlain(IPAddress.Loopback, 0);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.UseKeylimeHttp(options);
        map(app);
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Uri Address(string scheme) => new(_app.Urls.Last(url => url.StartsWith($"{scheme}://", StringComparison.Ordinal)));
}
