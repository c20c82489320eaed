using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keylime.ServiceDefaults.Telemetry;

/// <summary>One line per message on the console, in Keylime's format.</summary>
internal static class LoggingExtensions
{
    public static void AddKeylimeLogging(this IHostApplicationBuilder builder)
    {
        // The framework's request lines are noise at a thousand requests a second. Lowest priority: Logging__LogLevel__* wins.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = [new("Logging:LogLevel:Default", "Information"), new("Logging:LogLevel:Microsoft", "Warning"),
                new("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"), new("Logging:LogLevel:System.Net.Http", "Warning"),
                // A probe that fails is its answer. What fails has lines of its own; the framework would add an error per probe, while we start as well.
                new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "Critical")],
        });
        builder.Logging.ClearProviders();
        builder.Logging.AddConsole(console => console.FormatterName = ConsoleLine.FormatterName);
        builder.Logging.AddConsoleFormatter<ConsoleLine, ConsoleLineOptions>();
    }
}
