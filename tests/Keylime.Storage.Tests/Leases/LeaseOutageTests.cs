using Keylime.Sharding;
using Keylime.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Keylime.Storage.Tests.Leases;

/// <summary>A server that stops under the leases, or does not answer.</summary>
public sealed class LeaseOutageTests : IAsyncLifetime
{
    private static readonly LeaseOwner Ann = new("verifier-0", new Guid("00000000-0000-0000-0000-00000000000a"));
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    // Of the store. One test waits for it to pass; a busy machine needs some of it for what is well.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static CancellationToken Ct => CancellationToken.None;

    private PostgresServer _server = null!;
    private TestDatabase _database = null!;
    private ILeaseStore _leases = null!;
    private IMembershipStore _members = null!;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        _database = new PostgresDatabase(await _server.CreateDatabaseAsync());
        var services = await _database.StartAsync((services, config) => services.AddVerifierStorage(config).AddPostgresLeases(config, Patience));
        (_leases, _members) = (services.GetRequiredService<ILeaseStore>(), services.GetRequiredService<IMembershipStore>());
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Tells_an_outage_and_works_again_when_the_server_is_back()
    {
        Assert.Equal([1], await _leases.ClaimAsync([1], Ann, Long, Ct));
        await _server.PauseAsync();
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => _leases.ClaimAsync([1], Ann, Long, Ct));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => _leases.ListAsync(Ct));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => _leases.ReleaseAsync([1], Ann, Ct));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => _members.BeatAsync(new("verifier-0", "x:1"), Ct));
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => _members.ListAsync(Ct));
        await _server.ResumeAsync();
        // The server came back from a crash, which empties unlogged tables; the next claim heals that.
        Assert.Equal([1], await _leases.ClaimAsync([1], Ann, Long, Ct));
        Assert.Single(await _members.BeatAsync(new("verifier-0", "x:1"), Ct));
    }

    [Fact]
    public async Task Does_not_wait_for_a_statement_that_does_not_come_back()
    {
        Assert.Equal([1], await _leases.ClaimAsync([1], Ann, Long, Ct));
        await using var other = new NpgsqlConnection(_database.Config.ConnectionString);
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("LOCK TABLE leases IN ACCESS EXCLUSIVE MODE", other, transaction)) await command.ExecuteNonQueryAsync();
        await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => _leases.ClaimAsync([1], Ann, Long, Ct));
        // Heartbeats have a table of their own, and a connection is left for them.
        Assert.Single(await _members.BeatAsync(new("verifier-0", "x:1"), Ct));
        await transaction.RollbackAsync();
        Assert.Equal([1], await _leases.ClaimAsync([1], Ann, Long, Ct));
    }

    [Fact]
    public async Task A_caller_that_gives_up_gets_its_own_cancellation_and_no_outage()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _leases.ListAsync(cancelled.Token));
    }
}
