using Keylime.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Keylime.Storage.Tests;

/// <summary>A new, empty database of either kind, and replicas of a service on it.</summary>
internal abstract class TestDatabase : IAsyncDisposable
{
    private readonly List<ServiceProvider> _replicas = [];

    public abstract StorageConfig Config { get; }

    /// <summary>Starts one more process's worth of stores.</summary>
    public async Task<IServiceProvider> StartAsync(Func<IServiceCollection, StorageConfig, IServiceCollection> add, StorageConfig? config = null)
    {
        var services = Build(add, config);
        foreach (var hosted in services.GetServices<IHostedService>()) await hosted.StartAsync(CancellationToken.None);
        return services;
    }

    /// <summary>The services, with nothing started.</summary>
    public IServiceProvider Build(Func<IServiceCollection, StorageConfig, IServiceCollection> add, StorageConfig? config = null)
    {
        var provider = add(new ServiceCollection().AddLogging(), config ?? Config).BuildServiceProvider();
        lock (_replicas) _replicas.Add(provider);
        return provider;
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas) await replica.DisposeAsync();
    }
}

internal sealed class PostgresDatabase(string connectionString) : TestDatabase
{
    public override StorageConfig Config { get; } = StorageConfig.Read(connectionString, "", "5,10", "", autoMigrate: true);

    public static async Task<TestDatabase> CreateAsync() =>
        new PostgresDatabase(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
}

internal sealed class SqliteDatabase : TestDatabase
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-storage-");

    public SqliteDatabase() => Config = StorageConfig.Read(null, "sqlite", "5,10", Path.Combine(_folder.FullName, "data.sqlite"), autoMigrate: true);

    public override StorageConfig Config { get; }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
