using Keylime.Attestation.Agents;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keylime.Storage.Startup;

/// <summary>Brings the schema up to date before the service takes requests; waits for a database that is not there yet.</summary>
internal sealed partial class DatabaseStartup<TContext>(
    StoreContexts<TContext> contexts, SchemaUpdate update, StorageConfig config, TimeProvider time, ILogger<DatabaseStartup<TContext>> logger)
    : IHostedService where TContext : DbContext
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var applied = await contexts.RunAsync(db => RunAsync(db, cancellationToken), cancellationToken);
                if (applied > 0) LogMigrated(applied);
                return;
            }
            catch (StoreUnavailableException e)
            {
                LogWaiting(e.InnerException?.Message ?? e.Message);
                await Task.Delay(RetryInterval, time, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<int> RunAsync(TContext db, CancellationToken ct)
    {
        if (config.AutoMigrate) return await update.RunAsync(db, ct);
        var pending = (await db.Database.GetPendingMigrationsAsync(ct)).ToList();
        return pending.Count == 0
            ? 0
            : throw StorageConfig.Fault(
                $"The database lacks {pending.Count} migrations, the first is {pending[0]}. Set auto_migrate_db = True, or run one service that has it");
    }

    [LoggerMessage(StorageEvents.Migrated, LogLevel.Information, "Database schema brought up to date, {Count} migrations applied")]
    private partial void LogMigrated(int count);

    [LoggerMessage(StorageEvents.WaitingForDatabase, LogLevel.Warning, "Waiting for the database: {Cause}")]
    private partial void LogWaiting(string cause);
}
