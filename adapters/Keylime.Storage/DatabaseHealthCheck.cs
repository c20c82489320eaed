using Keylime.Attestation.Agents;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keylime.Storage;

/// <summary>Healthy while the database answers.</summary>
internal sealed class DatabaseHealthCheck<TContext>(StoreContexts<TContext> contexts) : IHealthCheck where TContext : DbContext
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await contexts.RunAsync(db => db.Database.ExecuteSqlRawAsync("SELECT 1", cancellationToken), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (StoreUnavailableException e)
        {
            return new(context.Registration.FailureStatus, "The database does not answer", e);
        }
    }
}
