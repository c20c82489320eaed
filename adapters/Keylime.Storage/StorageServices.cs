using Keylime.Attestation.Agents;
using Keylime.Attestation.Registrations;
using Keylime.Sharding;
using Keylime.Storage.Leases;
using Keylime.Storage.Registrar;
using Keylime.Storage.Startup;
using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Keylime.Storage;

/// <summary>What a service calls to get its stores: they are in place, with the schema up to date, when the first of the hosted services
/// added after this call starts.</summary>
public static class StorageServices
{
    /// <summary>Adds <see cref="IAgentStore"/>, <see cref="IAgentStateStore"/>, <see cref="IFreshnessStore"/>, <see cref="IPolicyStore"/>, <see cref="IOutboxStore"/>, and a health check <c>database</c>.</summary>
    public static IServiceCollection AddVerifierStorage(this IServiceCollection services, StorageConfig config)
    {
        if (config.IsPostgres)
        {
            services.AddDatabase<VerifierContext, PostgresVerifierContext>(config);
            services.AddSingleton<VerifierSql, PostgresVerifierSql>();
        }
        else
        {
            services.AddDatabase<VerifierContext, SqliteVerifierContext>(config);
            services.AddSingleton<VerifierSql, SqliteVerifierSql>();
        }
        return services
            .AddSingleton<AgentReader>()
            .AddSingleton<IAgentStore, AgentStore>()
            .AddSingleton<IAgentStateStore, AgentStateStore>()
            .AddSingleton<IFreshnessStore, FreshnessStore>()
            .AddSingleton<IOutboxStore, OutboxStore>()
            .AddSingleton<IPolicyStore, PolicyStore>();
    }

    /// <summary>Adds <see cref="ILeaseStore"/> and <see cref="IMembershipStore"/> in the verifiers' PostgreSQL, whose tables <see cref="AddVerifierStorage"/> makes.</summary>
    /// <param name="services">The service's services.</param>
    /// <param name="config">The verifiers' database.</param>
    /// <param name="timeout">Longest time of a call; <see cref="LeaseRules.RenewAfter"/>.</param>
    public static IServiceCollection AddPostgresLeases(this IServiceCollection services, StorageConfig config, TimeSpan timeout) => services
        .AddSingleton(provider => new PostgresLeaseConnection(config, timeout, provider.GetRequiredService<StatementCounter>()))
        .AddSingleton<ILeaseStore, PostgresLeaseStore>()
        .AddSingleton<IMembershipStore, PostgresMembershipStore>();

    /// <summary>Leases in the verifier's SQLite file.</summary>
    /// <param name="config">The verifier's database.</param>
    /// <param name="timeout">How long a call may wait for another writer of the file.</param>
    /// <param name="statements">Counts them; null not to count.</param>
    public static ILeaseStore CreateSqliteLeases(StorageConfig config, TimeSpan timeout, StatementCounter? statements = null) => new SqliteLeaseStore(config, timeout, statements);

    /// <summary>Adds <see cref="IRegistrationStore"/>, and a health check <c>database</c>.</summary>
    public static IServiceCollection AddRegistrarStorage(this IServiceCollection services, StorageConfig config)
    {
        if (config.IsPostgres) services.AddDatabase<RegistrarContext, PostgresRegistrarContext>(config);
        else services.AddDatabase<RegistrarContext, SqliteRegistrarContext>(config);
        return services.AddSingleton<IRegistrationStore, RegistrationStore>();
    }

    private static void AddDatabase<TContext, TProvider>(this IServiceCollection services, StorageConfig config)
        where TContext : DbContext where TProvider : TContext
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<StatementCounter>();
        if (config.IsPostgres)
        {
            services.AddSingleton(_ => NpgsqlDataSource.Create(config.ConnectionString));
            services.AddPooledDbContextFactory<TProvider>((provider, options) => Configure(provider, options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())));
            services.AddSingleton<SchemaUpdate, PostgresSchemaUpdate>();
        }
        else
        {
            services.AddPooledDbContextFactory<TProvider>((provider, options) => Configure(provider, options.UseSqlite(config.ConnectionString)));
            services.AddSingleton<SchemaUpdate, SqliteSchemaUpdate>();
        }
        services.AddSingleton(provider =>
        {
            var factory = provider.GetRequiredService<IDbContextFactory<TProvider>>();
            return new StoreContexts<TContext>(async ct => await factory.CreateDbContextAsync(ct));
        });
        services.AddHostedService(provider => ActivatorUtilities.CreateInstance<DatabaseStartup<TContext>>(provider, config));
        services.AddHealthChecks().AddCheck<DatabaseHealthCheck<TContext>>("database");
    }

    // What fails is thrown, and judged by the caller: a duplicate key may be an answer, an outage is reported once.
    private static void Configure(IServiceProvider provider, DbContextOptionsBuilder options) => options
        .AddInterceptors(provider.GetRequiredService<StatementCounter>())
        .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
        .ConfigureWarnings(warnings => warnings.Log(
            (RelationalEventId.CommandError, LogLevel.Debug),
            (RelationalEventId.ConnectionError, LogLevel.Debug),
            (RelationalEventId.CommandExecuted, LogLevel.Debug),
            (CoreEventId.QueryIterationFailed, LogLevel.Debug)));
}
