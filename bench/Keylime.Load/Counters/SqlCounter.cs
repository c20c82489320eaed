using Npgsql;

namespace Keylime.Load.Counters;

/// <summary>How many statements PostgreSQL has executed in the verifiers' database, by <c>pg_stat_statements</c>: everything, be it COMMIT or a health check. Read in another
/// database of the server, so that our own reads are not among them.</summary>
internal sealed class SqlCounter(string connectionString, string database)
{
    private const string Sql = """
        SELECT pg_postmaster_start_time()::text, coalesce(sum(calls), 0)::bigint
        FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)
        """;

    /// <summary>Since the counting began: those of before are taken off in <see cref="ReadMostFrequentAsync"/>.</summary>
    private const string EachSql = """
        SELECT coalesce(query, ''), sum(calls)::bigint, pg_postmaster_start_time()::text
        FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1) GROUP BY 1
        """;
    private const int MostStatements = 12, MostCharacters = 300;

    private readonly RunningTotal _total = new();
    private Statements _before = new([], "");

    public long Grown => _total.Grown;

    /// <summary>Makes the extension where it is not; null when this PostgreSQL has none, or was started without it.</summary>
    public static async Task<SqlCounter?> OpenAsync(string verifierConnectionString, CancellationToken cancellationToken)
    {
        var ours = new NpgsqlConnectionStringBuilder(verifierConnectionString);
        var database = ours.Database ?? throw new LoadException("the verifiers' database has no name");
        (ours.Database, ours.Pooling, ours.Timeout, ours.CommandTimeout) = ("postgres", false, 5, 5);
        var counter = new SqlCounter(ours.ConnectionString, database);
        try
        {
            await using var connection = new NpgsqlConnection(counter.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var create = new NpgsqlCommand("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException)
        {
            return null;
        }
        if (!await counter.TryReadAsync(cancellationToken)) return null;
        counter._before = await counter.ReadEachAsync(cancellationToken);
        return counter;
    }

    private string ConnectionString { get; } = connectionString;

    /// <summary>What was executed most since the opening. Nothing, when the server was started anew: a killed one forgets what it has counted.</summary>
    public async Task<IReadOnlyList<StatementCount>> ReadMostFrequentAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = await ReadEachAsync(cancellationToken);
            if (now.ServerStart != _before.ServerStart) return [];
            return
            [
                .. now.Calls.Select(statement => new StatementCount(statement.Value - _before.Calls.GetValueOrDefault(statement.Key), OneLine(statement.Key)))
                    .Where(statement => statement.Calls > 0).OrderByDescending(statement => statement.Calls).Take(MostStatements),
            ];
        }
        catch (Exception e) when (IsOutage(e))
        {
            return [];
        }
    }

    /// <summary>Reads the counter; false when PostgreSQL does not answer.</summary>
    public async Task<bool> TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = database } } };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            _total.Observe(reader.GetString(0), reader.GetInt64(1));
            return true;
        }
        catch (Exception e) when (IsOutage(e))
        {
            return false;
        }
    }

    private async Task<Statements> ReadEachAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(EachSql, connection) { Parameters = { new() { Value = database } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var statements = new Statements([], "");
        while (await reader.ReadAsync(cancellationToken))
        {
            statements.Calls[reader.GetString(0)] = reader.GetInt64(1);
            statements = statements with { ServerStart = reader.GetString(2) };
        }
        return statements;
    }

    private static bool IsOutage(Exception e) => e is NpgsqlException or IOException or TimeoutException;

    private static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MostCharacters ? line : line[..MostCharacters] + "...";
    }

    private sealed record Statements(Dictionary<string, long> Calls, string ServerStart);
}

/// <summary>A statement, its values left out, and how often it was executed.</summary>
internal sealed record StatementCount(long Calls, string Text);
