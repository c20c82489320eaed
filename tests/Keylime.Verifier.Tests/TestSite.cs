using Keylime.Storage;
using Keylime.Testing;
using Microsoft.Data.Sqlite;

namespace Keylime.Verifier.Tests;

/// <summary>What verifiers of one test share: a work folder with the certificates, and a database; perhaps a Redis.</summary>
internal sealed class TestSite : IDisposable
{
    private TestSite(string? database, string? redis) => (Database, Redis) = (database, redis);

    public string Folder { get; } = Directory.CreateTempSubdirectory("keylime-verifier-").FullName;
    /// <summary>Npgsql's connection string; null for SQLite in the folder.</summary>
    public string? Database { get; }
    public string? Redis { get; }

    public static TestSite OnSqlite() => new(null, null);

    public static TestSite On(string database, string? redis = null) => new(database, redis);

    public static async Task<TestSite> OnPostgresAsync() => new(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), null);

    /// <summary>Does to the SQLite file what no verifier does.</summary>
    public void Sql(string statements)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(Folder, StorageConfig.VerifierFile), Pooling = false }.ConnectionString);
        connection.Open();
        using var command = new SqliteCommand(statements, connection);
        command.ExecuteNonQuery();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
