using Keylime.Sharding;
using Keylime.Sharding.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Leases;

public sealed class PostgresLeaseStoreTests : LeaseStoreTests, IAsyncLifetime
{
    private readonly LeaseReplicas _replicas = new();

    protected override ILeaseStore First => _replicas.First.GetRequiredService<ILeaseStore>();
    protected override ILeaseStore Second => _replicas.Second.GetRequiredService<ILeaseStore>();

    public async Task InitializeAsync() => await _replicas.StartAsync(await PostgresDatabase.CreateAsync());

    public Task DisposeAsync() => _replicas.DisposeAsync();
}

public sealed class SqliteLeaseStoreTests : LeaseStoreTests, IAsyncLifetime
{
    private readonly LeaseReplicas _replicas = new();

    protected override ILeaseStore First => _replicas.First.GetRequiredService<ILeaseStore>();
    protected override ILeaseStore Second => _replicas.Second.GetRequiredService<ILeaseStore>();

    public Task InitializeAsync() => _replicas.StartAsync(new SqliteDatabase());

    public Task DisposeAsync() => _replicas.DisposeAsync();
}

public sealed class PostgresMembershipStoreTests : MembershipStoreTests, IAsyncLifetime
{
    private readonly LeaseReplicas _replicas = new();

    protected override IMembershipStore First => _replicas.First.GetRequiredService<IMembershipStore>();
    protected override IMembershipStore Second => _replicas.Second.GetRequiredService<IMembershipStore>();

    [Fact]
    public async Task Passes_over_a_member_in_a_state_that_it_does_not_know()
    {
        await First.BeatAsync(new("odd", "10.0.0.9:1"), CancellationToken.None);
        await _replicas.ExecuteAsync("UPDATE members SET state = 'Dancing'");
        var good = new Member("verifier-0", "10.0.0.1:8881");
        Assert.Equal([good], (await Second.BeatAsync(good, CancellationToken.None)).Select(heartbeat => heartbeat.Member));
    }

    [Fact]
    public async Task Forgets_a_member_that_has_not_beaten_for_a_minute()
    {
        await First.BeatAsync(new("verifier-old", "10.0.0.1:8881"), CancellationToken.None);
        await _replicas.ExecuteAsync("UPDATE members SET beaten_at = beaten_at - interval '61 seconds'");
        Assert.Single(await Second.ListAsync(CancellationToken.None));
        var young = new Member("verifier-new", "10.0.0.2:8881");
        Assert.Equal([young], (await Second.BeatAsync(young, CancellationToken.None)).Select(heartbeat => heartbeat.Member));
        Assert.Single(await Second.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task All_may_beat_at_once_after_a_minute_without_the_database()
    {
        var members = Enumerable.Range(0, 8).Select(i => new Member($"verifier-{i}", "10.0.0.1:8881")).ToList();
        foreach (var member in members) await First.BeatAsync(member, CancellationToken.None);
        for (var round = 0; round < 10; round++)
        {
            await _replicas.ExecuteAsync("UPDATE members SET beaten_at = beaten_at - interval '61 seconds'");
            await Task.WhenAll(members.Select((member, i) => (i % 2 == 0 ? First : Second).BeatAsync(member, CancellationToken.None)));
            Assert.Equal(members.Count, (await First.ListAsync(CancellationToken.None)).Count);
        }
    }

    public async Task InitializeAsync() => await _replicas.StartAsync(await PostgresDatabase.CreateAsync());

    public Task DisposeAsync() => _replicas.DisposeAsync();
}
