using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Keylime.ServiceDefaults.Telemetry;

/// <summary>Holds the exporters of traces and metrics while the service runs, and flushes them when it stops.</summary>
internal sealed class TelemetryExport(ResourceBuilder resource, IReadOnlyList<IHostApplicationLifetime> guests) : IHostedService, IDisposable
{
    private TracerProvider? _tracer;
    private MeterProvider? _meter;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Begin();
        return Task.CompletedTask;
    }

    /// <summary>Collects from now on. The host's start does it; a program that works before that may do it earlier.</summary>
    public void Begin()
    {
        _tracer ??= Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource("Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "Keylime.*")
            .AddOtlpExporter()
            .Build();
        _meter ??= Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", "Keylime.*")
            .AddOtlpExporter()
            .Build();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // What the guests of the process do at their end is to be exported too.
        foreach (var guest in guests.Where(guest => guest.ApplicationStarted.IsCancellationRequested))
            await Task.WhenAny(Task.Delay(Timeout.Infinite, guest.ApplicationStopped), Task.Delay(Timeout.Infinite, cancellationToken));
        Dispose();
    }

    // Disposing a provider exports what is left; doing it twice is harmless.
    public void Dispose()
    {
        _tracer?.Dispose();
        _meter?.Dispose();
    }
}
