using Keylime.Sharding;
using Npgsql;

namespace Keylime.Storage.Leases;

/// <summary>What leases and heartbeats have for themselves: two connections, so that a lease never waits behind ten thousand verdicts for its renewal, and a
/// time limit, after which whoever asked goes on without the answer.</summary>
internal sealed class PostgresLeaseConnection : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly StatementCounter _statements;
    private readonly TimeSpan _timeout;

    /// <param name="config">The verifiers' database.</param>
    /// <param name="timeout">Longest time of a call, connecting included.</param>
    /// <param name="statements">Counts them.</param>
    public PostgresLeaseConnection(StorageConfig config, TimeSpan timeout, StatementCounter statements)
    {
        (_timeout, _statements) = (timeout, statements);
        var seconds = (int)Math.Ceiling(timeout.TotalSeconds);
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(config.ConnectionString)
        {
            MinPoolSize = 0,
            MaxPoolSize = 2,
            Timeout = seconds,
            CommandTimeout = seconds,
        });
    }

    /// <summary>Runs one statement. It is a transaction by itself: a process that is paused amid it keeps no row locked, however long it sleeps.</summary>
    public async Task<IReadOnlyList<T>> RunAsync<T>(string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_timeout);
        try
        {
            // Npgsql ends a cancelled command in its own time, and breaks the connection if the server stays silent: nobody waits for that.
            return await RunUnboundedAsync(sql, bind, read, limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && (Outage.IsCause(e) || e is OperationCanceledException))
        {
            throw new LeaseStoreUnavailableException($"The database did not answer: {e.GetType().Name}", e);
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<IReadOnlyList<T>> RunUnboundedAsync<T>(
        string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        _statements.Count();
        await using var command = _source.CreateCommand(sql);
        bind(command.Parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(read(reader));
        return rows;
    }
}
