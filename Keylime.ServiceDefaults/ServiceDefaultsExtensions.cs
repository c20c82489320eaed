using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Health;
using Keylime.ServiceDefaults.Http;
using Keylime.ServiceDefaults.Telemetry;
using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Keylime.ServiceDefaults;

/// <summary>What every service shares as a host: configuration, telemetry, health, logging, listeners, shutdown.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds the defaults. <paramref name="component"/> is Keylime's name of the service, and so of its file and variables.</summary>
    public static T AddServiceDefaults<T>(this T builder, string component) where T : IHostApplicationBuilder =>
        builder.AddServiceDefaults(KeylimeSettings.Load(component));

    /// <summary>As above, with settings that were read already.</summary>
    public static T AddServiceDefaults<T>(this T builder, KeylimeSettings settings) where T : IHostApplicationBuilder
    {
        builder.Properties[typeof(KeylimeSettings)] = settings;
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddKeylimeLogging();
        var place = builder.GetPlace(settings.Component);
        builder.AddTelemetry(place);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [HealthEndpoints.Live]);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.GetSeconds("shutdown_drain_timeout", TimeSpan.FromSeconds(10)));
        if (builder is WebApplicationBuilder web) web.AddWebDefaults(settings, place);
        return builder;
    }

    /// <summary>The settings, before the host is built. Afterwards they are a singleton.</summary>
    public static KeylimeSettings GetKeylimeSettings(this IHostApplicationBuilder builder) =>
        builder.Properties.TryGetValue(typeof(KeylimeSettings), out var settings)
            ? (KeylimeSettings)settings
            : throw new InvalidOperationException("Call AddServiceDefaults first.");

    /// <summary>Serves <c>/health</c> and <c>/alive</c> on the management listener, and nothing else there. Call it first.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app) => app.MapHealth();

    /// <summary>Collects traces and metrics from now on, where they are collected at all: for what a program does before its host starts.</summary>
    public static void BeginTelemetry(this WebApplication app) => app.Services.GetService<TelemetryExport>()?.Begin();

    private static void AddWebDefaults(this WebApplicationBuilder builder, KeylimeSettings settings, ProcessPlace place)
    {
        // Listeners are Keylime's options; addresses from ASPNETCORE_URLS and container images would only confuse.
        foreach (var key in (string[])[WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey])
            builder.WebHost.UseSetting(key, "");
        if (place.IsHost) builder.WebHost.ListenManagement(settings.ForComponent("management"));
        var maxBody = settings.GetInteger("max_upload_size", 104857600, 1024, int.MaxValue);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = maxBody;
            // GET /verify/identity carries a whole quote in its query; Keylime's servers take 64 KiB.
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 96 * 1024;
        });
        builder.Services.Configure<JsonOptions>(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, KeylimeJson.Default));
    }
}
