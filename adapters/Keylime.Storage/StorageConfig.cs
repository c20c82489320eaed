using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Keylime.Storage;

/// <summary>Which database a service uses, and how.</summary>
/// <param name="IsPostgres">PostgreSQL; else SQLite.</param>
/// <param name="ConnectionString">For Npgsql or Microsoft.Data.Sqlite.</param>
/// <param name="AutoMigrate">Whether the service brings the schema up to date at its start. Keylime: <c>auto_migrate_db</c>.</param>
public sealed record StorageConfig(bool IsPostgres, string ConnectionString, bool AutoMigrate)
{
    /// <summary>Where the verifier keeps its data when nothing else is said, in the work directory.</summary>
    public const string VerifierFile = "cv_data.sqlite";
    /// <summary>Where the registrar keeps its data when nothing else is said, in the work directory.</summary>
    public const string RegistrarFile = "reg_data.sqlite";

    /// <summary>Reads Keylime's options; a connection string (of PostgreSQL) wins over <c>database_url</c>.</summary>
    /// <param name="connectionString">Null or empty: <paramref name="databaseUrl"/> counts.</param>
    /// <param name="databaseUrl">Keylime: <c>database_url</c>; <c>sqlite</c>, or a URL as SQLAlchemy spells it.</param>
    /// <param name="pool">Keylime: <c>database_pool_sz_ovfl</c>, <c>5,10</c>: connections kept, and how many more when busy.</param>
    /// <param name="defaultFile">Full path of the file that <c>sqlite</c> means.</param>
    /// <param name="autoMigrate">Keylime: <c>auto_migrate_db</c>.</param>
    /// <exception cref="OptionsValidationException">The message names the option and its fault, and holds no password.</exception>
    public static StorageConfig Read(string? connectionString, string databaseUrl, string pool, string defaultFile, bool autoMigrate)
    {
        if (!string.IsNullOrEmpty(connectionString)) return new(true, Postgres(ParseConnectionString(connectionString), pool), autoMigrate);
        var url = databaseUrl.Trim();
        return DatabaseUrl.TryReadSqlitePath(url, defaultFile, out var path)
            ? new(false, Sqlite(path), autoMigrate)
            : new(true, Postgres(DatabaseUrl.ReadPostgres(url), pool), autoMigrate);
    }

    private static NpgsqlConnectionStringBuilder ParseConnectionString(string text)
    {
        try
        {
            return new(text);
        }
        catch (ArgumentException e)
        {
            throw Fault($"The database's connection string is malformed: {e.Message}");
        }
    }

    private static string Postgres(NpgsqlConnectionStringBuilder builder, string pool)
    {
        // An outage must show within seconds, not after Npgsql's 15 and 30. What the operator wrote stays.
        // (ShouldSerialize says what was written; ContainsKey, which names exist.)
        if (!builder.ShouldSerialize("Timeout")) builder.Timeout = 5;
        if (!builder.ShouldSerialize("Command Timeout")) builder.CommandTimeout = 10;
        if (!builder.ShouldSerialize("Maximum Pool Size")) builder.MaxPoolSize = ReadPoolSize(pool);
        // Our statements leave nothing behind in a session, so the DISCARD ALL before each next one would only be a further statement.
        if (!builder.ShouldSerialize("No Reset On Close")) builder.NoResetOnClose = true;
        builder.ApplicationName ??= "keylime";
        return builder.ConnectionString;
    }

    private static string Sqlite(string path) => new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 10, ForeignKeys = true }.ConnectionString;

    private static int ReadPoolSize(string pool)
    {
        var parts = pool.Split(',', StringSplitOptions.TrimEntries);
        return parts.Length == 2 && TryRead(parts[0], out var kept) && TryRead(parts[1], out var more) && kept + more > 0
            ? kept + more
            : throw Fault($"database_pool_sz_ovfl is '{pool}'; two numbers are needed, as in 5,10");
    }

    internal static OptionsValidationException Fault(string message) => new("database", typeof(StorageConfig), [message]);

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 1000;
}
