using Keylime.Attestation.Agents;
using Keylime.Storage.Registrar;
using Keylime.Storage.Verifier;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Keylime.Storage.Tests.Startup;

public abstract class SchemaTests
{
    internal abstract Task<TestDatabase> CreateDatabaseAsync();

    /// <summary>One line per column, index and constraint.</summary>
    internal abstract Task<IReadOnlyList<string>> DescribeAsync(TestDatabase database);

    [Fact]
    public Task The_verifiers_migrations_make_what_its_model_says() => CompareAsync<VerifierContext>(StorageServices.AddVerifierStorage);

    [Fact]
    public Task The_registrars_migrations_make_what_its_model_says() => CompareAsync<RegistrarContext>(StorageServices.AddRegistrarStorage);

    // Stands in for EF's check of a model snapshot, which its design-time tools would write: it compares the real thing.
    private async Task CompareAsync<TContext>(Func<IServiceCollection, StorageConfig, IServiceCollection> add) where TContext : DbContext
    {
        await using var migrated = await CreateDatabaseAsync();
        await migrated.StartAsync(add);
        await using var modelled = await CreateDatabaseAsync();
        var contexts = modelled.Build(add).GetRequiredService<StoreContexts<TContext>>();
        await contexts.RunAsync(db => db.Database.EnsureCreatedAsync(), CancellationToken.None);

        Assert.Equal(await DescribeAsync(modelled), await DescribeAsync(migrated));
    }

    [Fact]
    public async Task Replicas_may_start_at_once_and_again()
    {
        await using var database = await CreateDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => database.StartAsync(StorageServices.AddVerifierStorage))));
        var services = await database.StartAsync(StorageServices.AddVerifierStorage);
        Assert.Empty(await services.GetRequiredService<IAgentStore>().ListIdsAsync(null, CancellationToken.None));
    }

    [Fact]
    public async Task Without_auto_migrate_an_old_schema_stops_the_start_and_a_new_one_does_not()
    {
        await using var database = await CreateDatabaseAsync();
        var manual = database.Config with { AutoMigrate = false };
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => database.StartAsync(StorageServices.AddVerifierStorage, manual));
        Assert.Contains("auto_migrate_db", fault.Message, StringComparison.Ordinal);
        await database.StartAsync(StorageServices.AddVerifierStorage);
        await database.StartAsync(StorageServices.AddVerifierStorage, manual);
    }

    [Fact]
    public async Task Is_healthy_while_the_database_answers()
    {
        await using var database = await CreateDatabaseAsync();
        var services = await database.StartAsync(StorageServices.AddVerifierStorage);
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Entries["database"].Status);
    }
}

public sealed class SqliteSchemaTests : SchemaTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());

    internal override async Task<IReadOnlyList<string>> DescribeAsync(TestDatabase database)
    {
        const string Sql = """
            SELECT m.type, m.tbl_name, c.name, c.type, c."notnull", coalesce(c.dflt_value, ''), c.pk
            FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\_\_EF%' ESCAPE '\' AND m.name NOT LIKE 'sqlite%'
            UNION ALL SELECT 'index', m.tbl_name, m.name, c.name, 0, '', 0
            FROM sqlite_master m JOIN pragma_index_info(m.name) c WHERE m.type = 'index' AND m.name NOT LIKE 'sqlite%'
            UNION ALL SELECT 'reference', m.tbl_name, f."from", f."table", 0, f.on_delete, 0
            FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
            """;
        await using var connection = new SqliteConnection(database.Config.ConnectionString);
        await connection.OpenAsync();
        await using var command = new SqliteCommand(Sql, connection);
        return await Describe.ReadAsync(command);
    }

    [Fact]
    public async Task A_lock_that_a_killed_process_left_behind_does_not_stop_the_start()
    {
        await using var database = new SqliteDatabase();
        await using (var connection = new SqliteConnection(database.Config.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new SqliteCommand(
                """CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER PRIMARY KEY, "Timestamp" TEXT); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01')""", connection);
            await command.ExecuteNonQueryAsync();
        }
        await database.StartAsync(StorageServices.AddVerifierStorage);
    }

    [Fact]
    public async Task Only_the_owner_can_read_the_file()
    {
        await using var database = new SqliteDatabase();
        await database.StartAsync(StorageServices.AddVerifierStorage);
        var path = new SqliteConnectionStringBuilder(database.Config.ConnectionString).DataSource;
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }
}

public sealed class PostgresSchemaTests : SchemaTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();

    internal override async Task<IReadOnlyList<string>> DescribeAsync(TestDatabase database)
    {
        const string Sql = """
            SELECT 'column', table_name::text, column_name::text, data_type::text, coalesce(collation_name, ''), is_nullable::text, coalesce(column_default, ''), is_identity::text
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\_\_EF%'
            UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef, '', '', '', '' FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\_\_EF%'
            UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), '', '', '', ''
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%\_\_EF%'
            UNION ALL SELECT 'sequence', sequence_name::text, data_type::text, '', '', '', '', '' FROM information_schema.sequences WHERE sequence_schema = 'public'
            UNION ALL SELECT 'storage', relname::text, coalesce(reloptions::text, ''), relpersistence::text, '', '', '', ''
            FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE '\_\_EF%'
            """;
        await using var connection = new NpgsqlConnection(database.Config.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(Sql, connection);
        return await Describe.ReadAsync(command);
    }
}

internal static class Describe
{
    public static async Task<IReadOnlyList<string>> ReadAsync(System.Data.Common.DbCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(field => Convert.ToString(reader.GetValue(field), System.Globalization.CultureInfo.InvariantCulture))));
        Assert.NotEmpty(lines);
        return [.. lines.Order(StringComparer.Ordinal)];
    }
}
