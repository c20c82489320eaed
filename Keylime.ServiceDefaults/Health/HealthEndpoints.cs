using Keylime.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Health;

/// <summary>Probes. <c>/health</c>: able to serve, dependencies included. <c>/alive</c>: not stuck; a restart would help if it fails.</summary>
internal static class HealthEndpoints
{
    /// <summary>Tag of the checks that <c>/alive</c> asks.</summary>
    public const string Live = "live";

    public static WebApplication MapHealth(this WebApplication app)
    {
        app.MapWhen(IsManagement, management =>
        {
            management.UseHealthChecks("/health");
            management.UseHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
            management.Run(context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        });
        return app;
    }

    private static bool IsManagement(HttpContext context) => context.Features.Get<ManagementConnection>() is not null;
}
