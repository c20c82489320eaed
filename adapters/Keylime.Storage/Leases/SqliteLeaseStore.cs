using System.Text.Json.Nodes;
using Keylime.Sharding;
using Keylime.Storage.Verifier;
using Microsoft.Data.Sqlite;

namespace Keylime.Storage.Leases;

/// <summary>Leases as rows in a SQLite file, in milliseconds of its host's clock.</summary>
/// <param name="config">The verifier's database.</param>
/// <param name="timeout">How long a call may wait for another writer of the file.</param>
/// <param name="statements">Counts them.</param>
internal sealed class SqliteLeaseStore(StorageConfig config, TimeSpan timeout, StatementCounter? statements) : ILeaseStore
{
    private const string Claim = $"""
        INSERT INTO leases (shard, owner, expires_at) SELECT value, @owner, {SqliteVerifierSql.Now} + @duration FROM json_each(@shards) WHERE true
        ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
            WHERE owner = excluded.owner OR expires_at <= {SqliteVerifierSql.Now} OR expires_at > {SqliteVerifierSql.Now} + 2 * @duration
        RETURNING shard
        """;

    private const string Release = "DELETE FROM leases WHERE owner = @owner AND shard IN (SELECT value FROM json_each(@shards))";

    private const string List = $"SELECT shard, owner FROM leases WHERE expires_at > {SqliteVerifierSql.Now}";

    public async Task<IReadOnlyCollection<int>> ClaimAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, TimeSpan duration, CancellationToken ct) =>
        shards.Count == 0 ? [] : await RunAsync(Claim, reader => reader.GetInt32(0), ct,
            ("shards", ToJson(shards)), ("owner", owner.ToString()), ("duration", (long)duration.TotalMilliseconds));

    public async Task ReleaseAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, CancellationToken ct)
    {
        if (shards.Count > 0) await RunAsync(Release, _ => 0, ct, ("shards", ToJson(shards)), ("owner", owner.ToString()));
    }

    public async Task<IReadOnlyDictionary<int, LeaseOwner>> ListAsync(CancellationToken ct)
    {
        var leases = new Dictionary<int, LeaseOwner>();
        foreach (var (shard, text) in await RunAsync(List, reader => (reader.GetInt32(0), reader.GetString(1)), ct))
            if (LeaseOwner.TryParse(text, out var owner)) leases.Add(shard, owner);
        return leases;
    }

    private async Task<List<T>> RunAsync<T>(string sql, Func<SqliteDataReader, T> read, CancellationToken ct, params (string Name, object Value)[] parameters)
    {
        statements?.Count();
        try
        {
            await using var connection = new SqliteConnection(config.ConnectionString);
            await connection.OpenAsync(ct);
            await using var command = new SqliteCommand(sql, connection) { CommandTimeout = Math.Max(1, (int)timeout.TotalSeconds) };
            foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
            await using var reader = await command.ExecuteReaderAsync(ct);
            var rows = new List<T>();
            while (await reader.ReadAsync(ct)) rows.Add(read(reader));
            return rows;
        }
        catch (SqliteException e) when (Outage.IsCause(e))
        {
            throw new LeaseStoreUnavailableException("The database file cannot be written", e);
        }
    }

    private static string ToJson(IEnumerable<int> shards) => new JsonArray([.. shards.Distinct().Select(shard => (JsonNode)shard)]).ToJsonString();
}
