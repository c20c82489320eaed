using Keylime.Attestation.Agents;
using Npgsql;

namespace Keylime.Storage.Tests.Verifier;

/// <summary>Transactions that overlap, which SQLite has not.</summary>
public sealed class PostgresLateCommitTests : VerifierStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();

    [Fact]
    public async Task A_change_that_commits_after_a_newer_one_was_read_is_not_missed()
    {
        await EnrollAsync("late");
        await EnrollAsync("early");
        var cursor = await ReadSettledCursorAsync();
        await using var connection = new NpgsqlConnection(Database.Config.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // As ChangeStateAsync does, stopped before its commit.
        await using var command = new NpgsqlCommand("""
            UPDATE agent_states SET operational_state = 10, revision = nextval('agent_revisions'), change_id = pg_current_xact_id()::text::bigint
            WHERE agent_id = 'late'
            """, connection, transaction);
        await command.ExecuteNonQueryAsync();
        await Agents.ChangeStateAsync(Id("early"), Keylime.Protocol.OperationalState.TenantFailed, Ct);

        var first = await States.ChangedSinceAsync(cursor, [7], Ct);
        Assert.Equal([Id("early")], first.Changed.Select(change => change.Id));

        await transaction.CommitAsync();
        var second = await States.ChangedSinceAsync(first.Cursor, [7], Ct);
        Assert.Contains(Id("late"), second.Changed.Select(change => change.Id));
    }

    [Fact]
    public async Task Changes_of_the_server_that_a_dump_came_from_are_not_told_for_ever()
    {
        await EnrollAsync("a");
        await using (var connection = new NpgsqlConnection(Database.Config.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("UPDATE agent_states SET change_id = 1000000000000", connection);
            await command.ExecuteNonQueryAsync();
        }
        Assert.Single((await States.ChangedSinceAsync(await States.ReadCursorAsync(Ct), [7], Ct)).Changed);

        await Database.StartAsync(StorageServices.AddVerifierStorage);

        Assert.Empty((await States.ChangedSinceAsync(await ReadSettledCursorAsync(), [7], Ct)).Changed);
        Assert.Single((await States.ChangedSinceAsync(AgentChanges.None.Cursor, [7], Ct)).Changed);
    }

    [Fact]
    public async Task A_policy_that_another_agent_is_being_given_outlives_the_agent_it_was_made_for()
    {
        await EnrollAsync("maker");
        await EnrollAsync("user");
        await using var connection = new NpgsqlConnection(Database.Config.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // As an enrolment does, stopped before its commit.
        await using (var command = new NpgsqlCommand("""
            SELECT name FROM policies WHERE name = 'maker' FOR SHARE;
            UPDATE agents SET runtime_policy_name = 'maker', measured_boot_policy_name = 'maker' WHERE agent_id = 'user'
            """, connection, transaction))
            await command.ExecuteNonQueryAsync();

        var deleting = Task.Run(() => Agents.DeleteAsync(Id("maker"), Ct));
        await WaitUntilBlockedAsync();
        await transaction.CommitAsync();

        Assert.True(await deleting);
        Assert.NotNull(await Policies.FindAsync(PolicyKind.Runtime, "maker", Ct));
        Assert.NotNull(await Policies.FindAsync(PolicyKind.MeasuredBoot, "maker", Ct));
    }

    [Fact]
    public async Task An_epoch_waits_for_the_write_that_relies_on_it()
    {
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);
        await using var connection = new NpgsqlConnection(Database.Config.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // A write of the old owner that has checked the epoch and not committed.
        await using (var command = new NpgsqlCommand("SELECT epoch FROM shards WHERE shard = 7 FOR SHARE", connection, transaction))
            await command.ExecuteNonQueryAsync();

        var taking = Task.Run(() => OwnAsync(7, "verifier-1"));
        await WaitUntilBlockedAsync();
        Assert.False(taking.IsCompleted);
        await transaction.CommitAsync();

        Assert.True((await taking).Epoch > token.Epoch);
        Assert.Equal([new(Id("a"), RefusalReason.Fenced)], await States.SaveProgressAsync([new(Id("a"), new(), agent.Revision, token)], Ct));
    }

    private async Task WaitUntilBlockedAsync()
    {
        await using var connection = new NpgsqlConnection(Database.Config.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'", connection);
        while ((long)(await command.ExecuteScalarAsync())! == 0) await Task.Yield();
    }
}
