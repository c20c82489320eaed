using System.Net;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Telemetry;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Keylime.ServiceDefaults.Tests;

public sealed class SharedProcessTests
{
    [Fact]
    public async Task The_host_answers_probes_for_its_guest_which_has_no_listener_for_them()
    {
        await using var guest = Compose("verifier", builder => builder.AsGuestOf("both"));
        await using var host = Compose("registrar", builder => builder.AsHostOf("both", guest));
        await host.StartAsync();
        Assert.Equal(2, host.Urls.Count);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(host, "/health"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(host, "/alive"));
        await guest.StartAsync();
        Assert.Single(guest.Urls);
        Assert.Equal(HttpStatusCode.OK, await ProbeAsync(host, "/health"));
        Assert.Equal(HttpStatusCode.OK, await ProbeAsync(host, "/alive"));
        await guest.StopAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ProbeAsync(host, "/health"));
    }

    [Fact]
    public async Task Telemetry_is_exported_by_the_host_alone()
    {
        await using var guest = Compose("verifier", builder => builder.AsGuestOf("both"));
        await using var host = Compose("registrar", builder => builder.AsHostOf("both", guest));
        Assert.Empty(guest.Services.GetServices<IHostedService>().OfType<TelemetryExport>());
        Assert.Single(host.Services.GetServices<IHostedService>().OfType<TelemetryExport>());
    }

    private static WebApplication Compose(string component, Action<WebApplicationBuilder> place)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1";
        place(builder);
        builder.AddServiceDefaults(KeylimeSettings.Load(component, new Dictionary<string, string> { ["KEYLIME_MANAGEMENT_PORT"] = "0" }, "/nowhere"));
        builder.ListenPlain(IPAddress.Loopback, 0);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        return app;
    }

    private static async Task<HttpStatusCode> ProbeAsync(WebApplication host, string path)
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(new Uri(host.Urls.First()), path));
        return response.StatusCode;
    }
}
