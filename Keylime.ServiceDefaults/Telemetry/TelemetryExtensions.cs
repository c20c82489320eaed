using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace Keylime.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs by OTLP, when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to. Otherwise nothing is collected.</summary>
internal static class TelemetryExtensions
{
    public static void AddTelemetry(this IHostApplicationBuilder builder, ProcessPlace place)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;
        // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over the process's name.
        var resource = ResourceBuilder.CreateDefault().AddService($"keylime-{place.Process}").AddEnvironmentVariableDetector();
        // Traces and metrics are collected for the whole process, and must not be twice; log messages are the service's own.
        if (place.IsHost)
            builder.Services.AddSingleton(_ => new TelemetryExport(resource, place.Guests)).AddHostedService(provider => provider.GetRequiredService<TelemetryExport>());
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.SetResourceBuilder(resource);
            logs.IncludeScopes = true;
            logs.IncludeFormattedMessage = true;
            logs.AddOtlpExporter();
        });
    }
}
