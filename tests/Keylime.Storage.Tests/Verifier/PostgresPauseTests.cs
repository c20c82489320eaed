using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Keylime.Storage.Tests.Verifier;

/// <summary>A verifier that is paused, or cut off, amid what it does with PostgreSQL keeps nobody else from working.</summary>
public sealed class PostgresPauseTests : VerifierStoreTests
{
    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromMinutes(4)).Token;

    private TcpLink? _link;

    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();

    [Fact]
    public async Task A_verdict_that_is_not_answered_holds_up_no_successor()
    {
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);
        var paused = (await StartBehindLinkAsync()).GetRequiredService<IAgentStateStore>();
        var answered = _link!.HoldAtAsync("SELECT 0", Patience);
        var failed = new AgentState { OperationalState = OperationalState.InvalidQuote };

        var writing = paused.SaveVerdictAsync(new(Id("a"), failed, agent.Revision, token), [new(OutboxMessage.Revocation, Id("a"), "{}")], Ct);
        await answered;
        Assert.True((await OwnAsync(7, "verifier-1")).Epoch > token.Epoch);
        Assert.Equal(OperationalState.InvalidQuote, (await Agents.FindAsync(Id("a"), Ct))!.State.OperationalState);
        Assert.Single(await Services.GetRequiredService<IOutboxStore>().ReadAsync([7], 10, Ct));

        _link.Mend();
        Assert.Null(await writing);
    }

    [Fact]
    public async Task A_change_that_is_not_committed_is_undone_soon()
    {
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);
        var paused = (await StartBehindLinkAsync()).GetRequiredService<IAgentStore>();
        var committing = _link!.HoldAtAsync("COMMIT\0", Patience); // Not READ COMMITTED.

        var changing = paused.ChangeStateAsync(Id("a"), OperationalState.TenantFailed, Ct);
        await committing;
        Assert.Empty(await States.SaveProgressAsync([new(Id("a"), new() { AttestationCount = 1 }, agent.Revision, token)], Ct));

        _link.Mend();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => changing);
        Assert.Equal(1, (await Agents.FindAsync(Id("a"), Ct))!.State.AttestationCount);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_link is not null) await _link.DisposeAsync();
    }

    private async Task<IServiceProvider> StartBehindLinkAsync()
    {
        var connection = new NpgsqlConnectionStringBuilder(Database.Config.ConnectionString);
        var port = connection.Port;
        _link = new(() => port);
        (connection.Host, connection.Port) = ("127.0.0.1", _link.Port);
        var services = await Database.StartAsync(StorageServices.AddVerifierStorage, Database.Config with { ConnectionString = connection.ConnectionString });
        // Connected, so that only what a test does passes the link from now on.
        await services.GetRequiredService<IAgentStore>().FindAsync(Id("a"), Ct);
        return services;
    }
}
