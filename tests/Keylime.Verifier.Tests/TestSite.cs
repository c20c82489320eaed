using Keylime.Testing;

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

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
