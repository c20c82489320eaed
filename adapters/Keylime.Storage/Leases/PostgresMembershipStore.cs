using Keylime.Sharding;
using Npgsql;
using NpgsqlTypes;

namespace Keylime.Storage.Leases;

/// <summary>Members as rows, for clusters without Redis.</summary>
internal sealed class PostgresMembershipStore(PostgresLeaseConnection database) : IMembershipStore
{
    // Far above any lease: readers judge by themselves who is dead. Whoever is beating right now is locked, and not forgotten.
    // A statement does not see its own insert, so the member's own row comes from RETURNING.
    private const string Beat = """
        WITH forgotten AS (
            DELETE FROM members WHERE instance IN (
                SELECT instance FROM members WHERE beaten_at < clock_timestamp() - interval '1 minute' AND instance <> @instance FOR UPDATE SKIP LOCKED)
            RETURNING instance),
        self AS (
            INSERT INTO members (instance, address, state, zone, beat, beaten_at)
            VALUES (@instance, @address, @state, @zone, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, clock_timestamp())
            ON CONFLICT (instance) DO UPDATE SET address = excluded.address, state = excluded.state, zone = excluded.zone,
                beat = GREATEST(excluded.beat, members.beat + 1), beaten_at = excluded.beaten_at
            RETURNING instance, address, state, zone, beat)
        SELECT instance, address, state, zone, beat FROM self
        UNION ALL
        SELECT instance, address, state, zone, beat FROM members WHERE instance <> @instance AND instance NOT IN (SELECT instance FROM forgotten)
        """;

    private const string List = "SELECT instance, address, state, zone, beat FROM members";

    public async Task<IReadOnlyCollection<MemberHeartbeat>> BeatAsync(Member self, CancellationToken ct) => Known(await database.RunAsync(Beat, parameters =>
    {
        parameters.Add(new("instance", self.Instance));
        parameters.Add(new("address", self.Address));
        parameters.Add(new("state", self.State.ToString()));
        parameters.Add(new("zone", NpgsqlDbType.Text) { Value = (object?)self.Zone ?? DBNull.Value });
    }, Read, ct));

    public async Task<IReadOnlyCollection<MemberHeartbeat>> ListAsync(CancellationToken ct) => Known(await database.RunAsync(List, _ => { }, Read, ct));

    // A member in a state that only a newer version knows is nobody to us who could own a shard.
    private static MemberHeartbeat? Read(NpgsqlDataReader reader) =>
        Enum.TryParse(reader.GetString(2), out MemberState state) && Enum.IsDefined(state)
            ? new(new(reader.GetString(0), reader.GetString(1), state, reader.IsDBNull(3) ? null : reader.GetString(3)), reader.GetInt64(4))
            : null;

    private static List<MemberHeartbeat> Known(IEnumerable<MemberHeartbeat?> read) => [.. read.OfType<MemberHeartbeat>()];
}
