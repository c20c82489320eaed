using Keylime.Attestation.Agents;
using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Keylime.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keylime.Storage.Tests.Startup;

/// <summary>A server that stops under us and comes back.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private PostgresServer _server = null!;
    private TestDatabase _database = null!;

    private static CancellationToken Ct => CancellationToken.None;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        _database = new PostgresDatabase(await _server.CreateDatabaseAsync());
    }

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Every_store_says_so_and_goes_on_afterwards()
    {
        var verifier = await _database.StartAsync(StorageServices.AddVerifierStorage);
        var agents = verifier.GetRequiredService<IAgentStore>();
        var states = verifier.GetRequiredService<IAgentStateStore>();
        var policies = verifier.GetRequiredService<IPolicyStore>();
        var health = verifier.GetRequiredService<HealthCheckService>();
        var write = new AgentWrite(AgentId.Parse("a"), new(), 1, new(0, 1));
        Func<Task>[] operations =
        [
            () => agents.ListIdsAsync(null, Ct),
            () => agents.DeleteAsync(write.Id, Ct),
            () => agents.ChangeStateAsync(write.Id, OperationalState.Start, Ct),
            () => states.RaiseEpochsAsync([1], "verifier-0", Ct),
            () => states.LoadAsync([1], Ct),
            () => states.LoadAgentsAsync([write.Id], Ct),
            () => states.ReadCursorAsync(Ct),
            () => states.ChangedSinceAsync(0, [1], Ct),
            () => states.SaveProgressAsync([write], Ct),
            () => states.SaveVerdictAsync(write, [], Ct),
            () => policies.AddAsync(PolicyKind.Runtime, new("p", "{}", 2), Ct),
            () => policies.DeleteAsync(PolicyKind.Runtime, "p", Ct),
        ];
        foreach (var operation in operations) await operation();

        await _server.PauseAsync();
        foreach (var operation in operations) await Assert.ThrowsAsync<StoreUnavailableException>(operation);
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Entries["database"].Status);

        await _server.ResumeAsync();
        foreach (var operation in operations) await operation();
    }

    [Fact]
    public async Task A_service_that_starts_first_waits_for_its_database()
    {
        await _server.PauseAsync();
        var starting = _database.StartAsync(StorageServices.AddRegistrarStorage);
        await _server.ResumeAsync();
        var services = await starting;
        Assert.Empty(await services.GetRequiredService<IRegistrationStore>().ListIdsAsync(Ct));
    }

    [Fact]
    public async Task A_caller_that_gives_up_gets_its_own_cancellation_and_no_outage()
    {
        var verifier = await _database.StartAsync(StorageServices.AddVerifierStorage);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => verifier.GetRequiredService<IAgentStore>().ListIdsAsync(null, cancelled.Token));
    }
}
