using System.Text.Json.Nodes;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Keylime.Storage.Verifier;

/// <summary>SQLite has one writer at a time: a transaction that starts with the write lock needs no row locks, and revisions commit in order.</summary>
internal sealed class SqliteVerifierSql(StatementCounter statements) : VerifierSql(
    nextRevision: "(SELECT value FROM revision_counter)",
    changeId: "(SELECT value FROM revision_counter)",
    dayAgo: $"{Now} - 24 * 60 * 60 * 1000",
    forShare: "",
    forUpdate: "")
{
    /// <summary>Now, in Unix milliseconds.</summary>
    public const string Now = "(CAST(unixepoch('subsec') * 1000 AS INTEGER))";

    private const string Save = $"""
        UPDATE agent_states AS s SET
            operational_state = w ->> 'state', attestation_count = w ->> 'count',
            last_received_quote = w ->> 'received', last_successful_attestation = w ->> 'succeeded',
            fresh_for_milliseconds = w ->> 'fresh',
            fresh_until = CASE
                WHEN w ->> 'succeeded' IS NULL THEN NULL
                WHEN w ->> 'succeeded' = s.last_successful_attestation THEN s.fresh_until
                ELSE min(w ->> 'succeeded', {Now} - (w ->> 'ago')) + (w ->> 'fresh') END,
            stale_since = CASE WHEN w ->> 'succeeded' = s.last_successful_attestation THEN s.stale_since END,
            effective_interval_milliseconds = w ->> 'interval',
            hash_algorithm = w ->> 'hash', encryption_algorithm = w ->> 'enc', signing_algorithm = w ->> 'sign',
            payload_public_key = w ->> 'key', negotiated_version = w ->> 'version',
            severity_level = w ->> 'severity', last_event_id = w ->> 'event', reason = w ->> 'reason', appraisal_state = unhex(w ->> 'appraisal')
        FROM (SELECT value AS w FROM json_each(@writes)) AS i
        JOIN shards AS f ON f.shard = w ->> 'shard' AND f.epoch = w ->> 'epoch'
        JOIN agents AS a ON a.agent_id = w ->> 'id' AND a.shard = w ->> 'shard'
        WHERE s.agent_id = w ->> 'id' AND s.revision = w ->> 'revision'
        RETURNING agent_id
        """;

    // One statement, so one moment. A cursor that is ahead of the file's is of another file, in whose place this one was put.
    private const string ChangedSince = """
        WITH next AS MATERIALIZED (SELECT value + 1 AS cursor FROM revision_counter),
        since AS MATERIALIZED (SELECT CASE WHEN @cursor <= cursor THEN @cursor ELSE 0 END AS cursor FROM next)
        SELECT NULL AS agent_id, cursor AS revision, 0 AS change_id FROM next
        UNION ALL
        SELECT s.agent_id, s.revision, s.change_id FROM agent_states AS s JOIN agents AS a ON a.agent_id = s.agent_id
        WHERE s.change_id >= (SELECT cursor FROM since) AND a.shard IN (SELECT value FROM json_each(@shards))
        UNION ALL
        SELECT agent_id, NULL, change_id FROM agent_deletions WHERE change_id >= (SELECT cursor FROM since)
        ORDER BY change_id
        """;

    private const string TakeTurn = $"""
        INSERT INTO freshness_sweep AS f (id, swept_at, steady_since) VALUES (0, {Now}, {Now})
        ON CONFLICT (id) DO UPDATE SET swept_at = {Now}, steady_since = CASE WHEN {Now} - f.swept_at < 5 * @period THEN f.steady_since ELSE {Now} END
        WHERE f.swept_at <= {Now} - @period OR f.swept_at > {Now}
        RETURNING {Now} - steady_since >= @settling
        """;

    private const string Late = $"operational_state IN (SELECT value FROM json_each(@states)) AND fresh_until <= {Now}";

    private const string MarkLate = $"UPDATE agent_states SET stale_since = fresh_until WHERE stale_since IS NULL AND {Late} RETURNING agent_id";

    private const string Tell = """
        INSERT INTO outbox (kind, agent_id, payload) SELECT m.value ->> 'kind', m.value ->> 'subject', m.value ->> 'payload'
        FROM json_each(@messages) AS m WHERE m.value ->> 'subject' IN (SELECT value FROM json_each(@saved)) ORDER BY m.key
        """;

    private const string TellLate = "INSERT INTO outbox (kind, agent_id, payload) SELECT 'stale', value, '' FROM json_each(@agents)";

    private const string CountLate = $"SELECT count(*) FROM agent_states WHERE {Late}";

    // See PostgresVerifierSql.
    private const string RaiseEpochs = $"""
        INSERT INTO shards (shard, epoch, owner) SELECT value, {Now} * 1000, @owner FROM json_each(@shards) WHERE true
        ON CONFLICT (shard) DO UPDATE SET epoch = max(epoch + 1, excluded.epoch), owner = excluded.owner
        RETURNING shard, epoch
        """;

    public override async Task<IDbContextTransaction> BeginChangeAsync(VerifierContext db, CancellationToken ct)
    {
        var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"UPDATE revision_counter SET value = value + 1", ct);
        return transaction;
    }

    public override Task<long> ReadCursorAsync(VerifierContext db, CancellationToken ct) =>
        db.Database.SqlQuery<long>($"""SELECT value + 1 AS "Value" FROM revision_counter""").SingleAsync(ct);

    public override async Task<IReadOnlyList<FencingToken>> RaiseEpochsAsync(
        VerifierContext db, IReadOnlyCollection<int> shards, string owner, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, RaiseEpochs, ct);
        command.Parameters.AddWithValue("shards", ToJson(shards.Distinct()));
        command.Parameters.AddWithValue("owner", owner);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var tokens = new List<FencingToken>(shards.Count);
        while (await reader.ReadAsync(ct)) tokens.Add(new(reader.GetInt32(0), reader.GetInt64(1)));
        return tokens;
    }

    public override async Task<AgentChanges> ChangedSinceAsync(VerifierContext db, long cursor, IReadOnlyCollection<int> shards, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, ChangedSince, ct);
        command.Parameters.AddWithValue("cursor", cursor);
        command.Parameters.AddWithValue("shards", ToJson(shards));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadChangesAsync(reader, ct);
    }

    public override async Task<FreshnessReport?> SweepAsync(VerifierContext db, SweepRules rules, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await TakeTurnAsync(db, rules, ct) is not { } isSettled) return null;
        var marked = isSettled ? await MarkLateAsync(db, ct) : [];
        if (marked.Count > 0 && rules.WithMessages) await TellLateAsync(db, marked, ct);
        await using var count = await CreateCommandAsync(db, CountLate, ct);
        count.Parameters.AddWithValue("states", ToJson(AttestedStates));
        var stale = (long)(await count.ExecuteScalarAsync(ct))!;
        await transaction.CommitAsync(ct);
        return new(stale, Named(marked), marked.Count);
    }

    private async Task<bool?> TakeTurnAsync(VerifierContext db, SweepRules rules, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, TakeTurn, ct);
        command.Parameters.AddWithValue("period", (long)rules.Period.TotalMilliseconds);
        command.Parameters.AddWithValue("settling", (long)rules.Settling.TotalMilliseconds);
        return await command.ExecuteScalarAsync(ct) is long settled ? settled == 1 : null;
    }

    private async Task<List<string>> MarkLateAsync(VerifierContext db, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, MarkLate, ct);
        command.Parameters.AddWithValue("states", ToJson(AttestedStates));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var marked = new List<string>();
        while (await reader.ReadAsync(ct)) marked.Add(reader.GetString(0));
        marked.Sort(StringComparer.Ordinal);
        return marked;
    }

    private async Task TellLateAsync(VerifierContext db, IReadOnlyList<string> marked, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, TellLate, ct);
        command.Parameters.AddWithValue("agents", ToJson(marked));
        await command.ExecuteNonQueryAsync(ct);
    }

    public override async Task<IReadOnlyList<RefusedWrite>> SaveAsync(VerifierContext db, IReadOnlyList<AgentWrite> writes, IReadOnlyList<OutboxMessage> outbox, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var saved = await UpdateAsync(db, writes, ct);
        if (outbox.Count > 0) await TellAsync(db, outbox, saved, ct);
        var refused = saved.Count < writes.Count ? await JudgeAsync(db, writes.Where(write => !saved.Contains(write.Id)), ct) : [];
        await transaction.CommitAsync(ct);
        return refused;
    }

    private async Task<HashSet<AgentId>> UpdateAsync(VerifierContext db, IReadOnlyList<AgentWrite> writes, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, Save, ct);
        command.Parameters.AddWithValue("writes", new JsonArray([.. writes.Select(ToJson)]).ToJsonString());
        await using var reader = await command.ExecuteReaderAsync(ct);
        var saved = new HashSet<AgentId>();
        while (await reader.ReadAsync(ct)) saved.Add(AgentId.Parse(reader.GetString(0)));
        return saved;
    }

    private async Task TellAsync(VerifierContext db, IReadOnlyList<OutboxMessage> outbox, IEnumerable<AgentId> saved, CancellationToken ct)
    {
        await using var command = await CreateCommandAsync(db, Tell, ct);
        command.Parameters.AddWithValue("messages", new JsonArray([.. outbox.Select(ToJson)]).ToJsonString());
        command.Parameters.AddWithValue("saved", ToJson(saved));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<List<RefusedWrite>> JudgeAsync(VerifierContext db, IEnumerable<AgentWrite> refused, CancellationToken ct)
    {
        var epochs = await db.Shards.ToDictionaryAsync(row => row.Shard, row => row.Epoch, ct);
        return [.. refused.Select(write => new RefusedWrite(write.Id,
            epochs.GetValueOrDefault(write.Token.Shard) == write.Token.Epoch ? RefusalReason.Changed : RefusalReason.Fenced))];
    }

    private static string ToJson(IEnumerable<int> numbers) => new JsonArray([.. numbers.Select(number => (JsonNode)number)]).ToJsonString();

    private static string ToJson(IEnumerable<AgentId> ids) => ToJson(ids.Select(id => id.Value));

    private static string ToJson(IEnumerable<string> texts) => new JsonArray([.. texts.Select(text => (JsonNode)text)]).ToJsonString();

    private static JsonNode ToJson(OutboxMessage message) => new JsonObject
    {
        ["kind"] = message.Kind,
        ["subject"] = message.AgentId.Value,
        ["payload"] = StorableText.Of(message.Payload),
    };

    private static JsonNode ToJson(AgentWrite write) => new JsonObject
    {
        ["id"] = write.Id.Value,
        ["shard"] = write.Token.Shard,
        ["epoch"] = write.Token.Epoch,
        ["revision"] = write.Revision,
        ["state"] = (int)write.State.OperationalState,
        ["count"] = write.State.AttestationCount,
        ["received"] = write.State.LastReceivedQuote?.ToUnixTimeMilliseconds(),
        ["succeeded"] = write.State.LastSuccessfulAttestation?.ToUnixTimeMilliseconds(),
        ["ago"] = (long)write.SucceededAgo.TotalMilliseconds,
        ["fresh"] = (long)write.State.FreshFor.TotalMilliseconds,
        ["interval"] = (long?)write.State.EffectiveInterval?.TotalMilliseconds,
        ["hash"] = StorableText.Of(write.State.HashAlgorithm),
        ["enc"] = StorableText.Of(write.State.EncryptionAlgorithm),
        ["sign"] = StorableText.Of(write.State.SigningAlgorithm),
        ["key"] = StorableText.Of(write.State.PayloadPublicKey),
        ["version"] = StorableText.Of(write.State.NegotiatedVersion),
        ["severity"] = write.State.SeverityLevel,
        ["event"] = StorableText.Of(write.State.LastEventId),
        ["reason"] = StorableText.Of(write.State.Reason),
        ["appraisal"] = Convert.ToHexStringLower(write.State.AppraisalState.Span),
    };

    private async Task<SqliteCommand> CreateCommandAsync(VerifierContext db, string sql, CancellationToken ct)
    {
        statements.Count();
        await db.Database.OpenConnectionAsync(ct);
        var connection = (SqliteConnection)db.Database.GetDbConnection();
        return new(sql, connection, (SqliteTransaction?)db.Database.CurrentTransaction?.GetDbTransaction());
    }
}
