using Keylime.Sharding;

namespace Keylime.Storage.Leases;

/// <summary>Leases as rows, for clusters without Redis. Time is the database's.</summary>
/// <remarks>One INSERT ... ON CONFLICT for all shards of a call. SELECT ... FOR UPDATE SKIP LOCKED would answer "not granted" for a lease that somebody merely
/// looks at, and its owner would drop what it holds; here the claims of one shard wait for each other, for the length of a statement, and the second one
/// judges the row that the first left. Rows are taken in order, so that two claims never wait in a circle.</remarks>
internal sealed class PostgresLeaseStore(PostgresLeaseConnection database) : ILeaseStore
{
    private const string Claim = """
        INSERT INTO leases (shard, owner, expires_at)
        SELECT shard, @owner, clock_timestamp() + @duration FROM unnest(@shards) AS i (shard) ORDER BY shard
        ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
            WHERE leases.owner = excluded.owner OR leases.expires_at <= clock_timestamp() OR leases.expires_at > clock_timestamp() + 2 * @duration
        RETURNING shard
        """;

    private const string Release = """
        DELETE FROM leases WHERE shard IN (SELECT shard FROM leases WHERE shard = ANY (@shards) AND owner = @owner ORDER BY shard FOR UPDATE)
        """;

    private const string List = "SELECT shard, owner FROM leases WHERE expires_at > clock_timestamp()";

    public async Task<IReadOnlyCollection<int>> ClaimAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, TimeSpan duration, CancellationToken ct) =>
        shards.Count == 0 ? [] : await database.RunAsync(Claim, parameters =>
        {
            parameters.Add(new("shards", shards.Distinct().ToArray()));
            parameters.Add(new("owner", owner.ToString()));
            parameters.Add(new("duration", duration));
        }, reader => reader.GetInt32(0), ct);

    public async Task ReleaseAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, CancellationToken ct)
    {
        if (shards.Count == 0) return;
        await database.RunAsync(Release, parameters =>
        {
            parameters.Add(new("shards", shards.ToArray()));
            parameters.Add(new("owner", owner.ToString()));
        }, _ => 0, ct);
    }

    public async Task<IReadOnlyDictionary<int, LeaseOwner>> ListAsync(CancellationToken ct)
    {
        var rows = await database.RunAsync(List, _ => { }, reader => (Shard: reader.GetInt32(0), Owner: reader.GetString(1)), ct);
        var leases = new Dictionary<int, LeaseOwner>();
        foreach (var row in rows)
            if (LeaseOwner.TryParse(row.Owner, out var owner)) leases.Add(row.Shard, owner);
        return leases;
    }
}
