using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Leases;

/// <summary>Two verifiers' worth of stores on one new database.</summary>
internal sealed class LeaseReplicas
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private TestDatabase? _database;

    public IServiceProvider First { get; private set; } = null!;
    public IServiceProvider Second { get; private set; } = null!;

    public async Task StartAsync(TestDatabase database)
    {
        _database = database;
        First = await database.StartAsync(Add);
        Second = await database.StartAsync(Add);
    }

    public Task ExecuteAsync(string sql) =>
        First.GetRequiredService<StoreContexts<VerifierContext>>().RunAsync(db => db.Database.ExecuteSqlRawAsync(sql), CancellationToken.None);

    public async Task DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
    }

    private static IServiceCollection Add(IServiceCollection services, StorageConfig config) =>
        config.IsPostgres
        ? services.AddVerifierStorage(config).AddPostgresLeases(config, Timeout)
        : services.AddVerifierStorage(config).AddSingleton(_ => StorageServices.CreateSqliteLeases(config, Timeout));
}
