using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Keylime.Storage.Verifier;

/// <remarks>Sequence numbers do not commit in order: a reader that has seen 11 may see 10 later. A snapshot, though, knows the oldest transaction that is
/// still running (xmin). So changes are stamped with their transaction's id, and readers move their cursor no further than xmin. A counter row would
/// order changes as well, at the price of one enrolment at a time.</remarks>
internal sealed class PostgresVerifierSql(StatementCounter statements) : VerifierSql(
    nextRevision: "nextval('agent_revisions')",
    changeId: "pg_current_xact_id()::text::bigint",
    dayAgo: "clock_timestamp() - interval '1 day'",
    forShare: "FOR SHARE",
    forUpdate: "FOR UPDATE")
{
    /// <summary>A dump that is restored on another server brings transaction ids from the old one's future, which every reader would find new at every turn.</summary>
    public const string ForgetForeignChanges = """
        UPDATE agent_states SET change_id = 0 WHERE change_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
        UPDATE agent_deletions SET change_id = 0 WHERE change_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        """;

    // FOR SHARE makes the fence hold until commit: an epoch cannot be raised between our reading it and our write's becoming visible, so a new owner
    // loads what was accepted, or its predecessor is refused. All rows are locked in order, so that two batches never wait for each other in a circle.
    // Messages go in the same statement: a process that is paused between two would keep the lock, and its successor from taking over.
    private const string Save = """
        WITH fence AS MATERIALIZED (
            SELECT shard, epoch FROM shards WHERE shard = ANY (@shards) ORDER BY shard FOR SHARE),
        locked AS MATERIALIZED (
            SELECT agent_id FROM agent_states WHERE agent_id = ANY (@agents) ORDER BY agent_id FOR NO KEY UPDATE),
        input AS MATERIALIZED (
            SELECT * FROM unnest(@agents, @shards, @epochs, @revisions, @states, @counts, @received, @succeeded, @ago, @fresh, @intervals, @hash, @enc, @sign,
                @keys, @versions, @severities, @events, @reasons, @appraisals)
            AS i (agent_id, shard, epoch, revision, operational_state, attestation_count, last_received_quote, last_successful_attestation, succeeded_ago_milliseconds,
                fresh_for_milliseconds, effective_interval_milliseconds, hash_algorithm, encryption_algorithm, signing_algorithm, payload_public_key,
                negotiated_version, severity_level, last_event_id, reason, appraisal_state)),
        saved AS (
            UPDATE agent_states s SET
                operational_state = i.operational_state, attestation_count = i.attestation_count,
                last_received_quote = i.last_received_quote, last_successful_attestation = i.last_successful_attestation,
                fresh_for_milliseconds = i.fresh_for_milliseconds,
                fresh_until = CASE
                    WHEN i.last_successful_attestation IS NULL THEN NULL
                    WHEN i.last_successful_attestation = s.last_successful_attestation THEN s.fresh_until
                    ELSE LEAST(i.last_successful_attestation, clock_timestamp() - i.succeeded_ago_milliseconds * interval '1 millisecond')
                        + i.fresh_for_milliseconds * interval '1 millisecond' END,
                stale_since = CASE WHEN i.last_successful_attestation = s.last_successful_attestation THEN s.stale_since END,
                effective_interval_milliseconds = i.effective_interval_milliseconds,
                hash_algorithm = i.hash_algorithm, encryption_algorithm = i.encryption_algorithm, signing_algorithm = i.signing_algorithm,
                payload_public_key = i.payload_public_key, negotiated_version = i.negotiated_version,
                severity_level = i.severity_level, last_event_id = i.last_event_id, reason = i.reason, appraisal_state = i.appraisal_state
            FROM input i
            JOIN fence f ON f.shard = i.shard AND f.epoch = i.epoch
            JOIN locked l ON l.agent_id = i.agent_id
            JOIN agents a ON a.agent_id = i.agent_id AND a.shard = i.shard
            WHERE s.agent_id = i.agent_id AND s.revision = i.revision
            RETURNING s.agent_id),
        told AS (
            INSERT INTO outbox (kind, agent_id, payload)
            SELECT m.kind, m.agent_id, m.payload FROM unnest(@kinds, @subjects, @payloads) WITH ORDINALITY AS m (kind, agent_id, payload, place)
            JOIN saved ON saved.agent_id = m.agent_id ORDER BY m.place)
        SELECT i.agent_id, f.epoch IS DISTINCT FROM i.epoch
        FROM input i LEFT JOIN fence f ON f.shard = i.shard
        WHERE i.agent_id NOT IN (SELECT agent_id FROM saved)
        """;

    // One statement, so one snapshot: the next cursor and what it stands for belong together. Cursors never go back in one database; an older one was put
    // in its place (a backup, a fail-over with loss): anything may have changed.
    private const string ChangedSince = """
        WITH next AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS cursor),
        since AS MATERIALIZED (SELECT CASE WHEN @cursor <= cursor THEN @cursor ELSE 0 END AS cursor FROM next)
        SELECT NULL AS agent_id, cursor AS revision, 0 AS change_id FROM next
        UNION ALL
        SELECT s.agent_id, s.revision, s.change_id FROM agent_states s JOIN agents a ON a.agent_id = s.agent_id
        WHERE s.change_id >= (SELECT cursor FROM since) AND a.shard = ANY (@shards)
        UNION ALL
        SELECT agent_id, NULL, change_id FROM agent_deletions WHERE change_id >= (SELECT cursor FROM since)
        ORDER BY change_id
        """;

    // Of the processes that ask, the one that finds the turn due takes it; the others see it taken. An agent is locked and looked at again before it is
    // marked, in the order in which flushes lock: one that has just been attested is left alone.
    private const string Sweep = """
        WITH turn AS (
            INSERT INTO freshness_sweep AS f (id, swept_at, steady_since) VALUES (0, clock_timestamp(), clock_timestamp())
            ON CONFLICT (id) DO UPDATE SET swept_at = clock_timestamp(),
                steady_since = CASE WHEN clock_timestamp() - f.swept_at < 5 * @period THEN f.steady_since ELSE clock_timestamp() END
            WHERE f.swept_at <= clock_timestamp() - @period OR f.swept_at > clock_timestamp()
            RETURNING clock_timestamp() - steady_since >= @settling AS settled),
        late AS MATERIALIZED (
            SELECT s.agent_id, s.stale_since FROM turn, agent_states s WHERE s.operational_state = ANY (@states) AND s.fresh_until <= clock_timestamp()),
        locked AS MATERIALIZED (
            SELECT agent_id FROM agent_states WHERE agent_id IN (SELECT agent_id FROM late WHERE stale_since IS NULL)
                AND stale_since IS NULL AND operational_state = ANY (@states) AND fresh_until <= clock_timestamp() AND (SELECT settled FROM turn)
            ORDER BY agent_id FOR NO KEY UPDATE),
        marked AS (
            UPDATE agent_states s SET stale_since = s.fresh_until FROM locked l WHERE s.agent_id = l.agent_id RETURNING s.agent_id),
        told AS (
            INSERT INTO outbox (kind, agent_id, payload) SELECT 'stale', agent_id, '' FROM marked WHERE @tell)
        SELECT (SELECT count(*) FROM late), (SELECT count(*) FROM marked), ARRAY (SELECT agent_id FROM marked ORDER BY agent_id LIMIT @named) FROM turn
        """;

    // A process that is paused amid an operator's change holds locks that flushes of all verifiers may wait for.
    private const string EndWhenPaused = "SET LOCAL idle_in_transaction_session_timeout = '3s'";

    // At least the time in microseconds: a database that an older one has taken the place of (a backup, a fail-over with loss) has forgotten epochs, and must not
    // give them out again while somebody who holds one may yet wake up.
    private const string RaiseEpochs = """
        INSERT INTO shards (shard, epoch, owner)
        SELECT shard, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, @owner FROM unnest(@shards) AS i (shard) ORDER BY shard
        ON CONFLICT (shard) DO UPDATE SET epoch = GREATEST(shards.epoch + 1, excluded.epoch), owner = excluded.owner
        RETURNING shard, epoch
        """;

    public override async Task<IDbContextTransaction> BeginChangeAsync(VerifierContext db, CancellationToken ct)
    {
        var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlRawAsync(EndWhenPaused, ct);
        return transaction;
    }

    public override Task<long> ReadCursorAsync(VerifierContext db, CancellationToken ct) =>
        db.Database.SqlQuery<long>($"""SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "Value" """).SingleAsync(ct);

    public override async Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(
        VerifierContext db, IReadOnlyCollection<int> shards, string owner, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, RaiseEpochs, ct);
        command.Parameters.Add(new("shards", shards.Distinct().ToArray()));
        command.Parameters.Add(new("owner", owner));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tokens = new List<FencingToken>(shards.Count);
        while (await reader.ReadAsync(ct)) tokens.Add(new(reader.GetInt32(0), reader.GetInt64(1)));
        return tokens;
    }

    public override async Task<AgentChanges> ChangedSinceAsync(VerifierContext db, long cursor, IReadOnlyCollection<int> shards, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, ChangedSince, ct);
        command.Parameters.Add(new("cursor", cursor));
        command.Parameters.Add(new("shards", shards.ToArray()));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadChangesAsync(reader, ct);
    }

    public override async Task<FreshnessReport?> SweepAsync(VerifierContext db, SweepRules rules, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, Sweep, ct);
        command.Parameters.Add(new("period", rules.Period));
        command.Parameters.Add(new("settling", rules.Settling));
        command.Parameters.Add(new("tell", rules.WithMessages));
        command.Parameters.Add(new("named", FreshnessReport.MaxNamed));
        command.Parameters.Add(new("states", AttestedStates));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new(reader.GetInt64(0), Named(reader.GetFieldValue<string[]>(2)), reader.GetInt64(1))
            : null;
    }

    public override async Task<IReadOnlyList<RefusedWrite>> SaveAsync(VerifierContext db, IReadOnlyList<AgentWrite> writes, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, Save, ct);
        Bind(command.Parameters, writes);
        Bind(command.Parameters, outbox);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var refused = new List<RefusedWrite>();
        while (await reader.ReadAsync(ct))
            refused.Add(new(AgentId.Parse(reader.GetString(0)), reader.GetBoolean(1) ? RefusalReason.Fenced : RefusalReason.Changed));
        return refused;
    }

    private static void Bind(NpgsqlParameterCollection parameters, IReadOnlyList<AgentWrite> writes)
    {
        void Add<T>(string name, NpgsqlDbType type, Func<AgentWrite, T> column) =>
            parameters.Add(new(name, NpgsqlDbType.Array | type) { Value = writes.Select(column).ToArray() });

        Add("agents", NpgsqlDbType.Text, write => write.Id.Value);
        Add("shards", NpgsqlDbType.Integer, write => write.Token.Shard);
        Add("epochs", NpgsqlDbType.Bigint, write => write.Token.Epoch);
        Add("revisions", NpgsqlDbType.Bigint, write => write.Revision);
        Add("states", NpgsqlDbType.Integer, write => (int)write.State.OperationalState);
        Add("counts", NpgsqlDbType.Bigint, write => write.State.AttestationCount);
        Add("received", NpgsqlDbType.TimestampTz, write => write.State.LastReceivedQuote?.UtcDateTime);
        Add("succeeded", NpgsqlDbType.TimestampTz, write => write.State.LastSuccessfulAttestation?.UtcDateTime);
        Add("ago", NpgsqlDbType.Bigint, write => (long)write.SucceededAgo.TotalMilliseconds);
        Add("fresh", NpgsqlDbType.Bigint, write => (long)write.State.FreshFor.TotalMilliseconds);
        Add("intervals", NpgsqlDbType.Bigint, write => (long?)write.State.EffectiveInterval?.TotalMilliseconds);
        Add("hash", NpgsqlDbType.Text, write => StorableText.Of(write.State.HashAlgorithm));
        Add("enc", NpgsqlDbType.Text, write => StorableText.Of(write.State.EncryptionAlgorithm));
        Add("sign", NpgsqlDbType.Text, write => StorableText.Of(write.State.SigningAlgorithm));
        Add("keys", NpgsqlDbType.Text, write => StorableText.Of(write.State.PayloadPublicKey));
        Add("versions", NpgsqlDbType.Text, write => StorableText.Of(write.State.NegotiatedVersion));
        Add("severities", NpgsqlDbType.Integer, write => write.State.SeverityLevel);
        Add("events", NpgsqlDbType.Text, write => StorableText.Of(write.State.LastEventId));
        Add("reasons", NpgsqlDbType.Text, write => StorableText.Of(write.State.Reason));
        Add("appraisals", NpgsqlDbType.Bytea, write => write.State.AppraisalState.ToArray());
    }

    private static void Bind(NpgsqlParameterCollection parameters, IReadOnlyList<OutboxMessage> outbox)
    {
        void Add(string name, Func<OutboxMessage, string> column) =>
            parameters.Add(new(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = outbox.Select(column).ToArray() });

        Add("kinds", message => message.Kind);
        Add("subjects", message => message.AgentId.Value);
        Add("payloads", message => StorableText.Of(message.Payload)!);
    }

    private async Task<NpgsqlCommand> CreateCommandAsync(VerifierContext db, string sql, CancellationToken ct)
    {
        statements.Count();
        await db.Database.OpenConnectionAsync(ct);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        return new(sql, connection, (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction());
    }
}
