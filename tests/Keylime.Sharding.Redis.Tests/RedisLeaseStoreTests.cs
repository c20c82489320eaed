using Keylime.Sharding.Tests.Conformance;

namespace Keylime.Sharding.Redis.Tests;

public sealed class RedisLeaseStoreTests(RedisFixture redis) : LeaseStoreTests, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private readonly RedisConnection _first = new(redis.Server.ConnectionString, TimeSpan.FromMinutes(2));
    private readonly RedisConnection _second = new(redis.Server.ConnectionString, TimeSpan.FromMinutes(2));

    protected override ILeaseStore First => new RedisLeaseStore(_first, ShardCount);

    protected override ILeaseStore Second => new RedisLeaseStore(_second, ShardCount);

    [Theory]
    [InlineData("")]
    [InlineData("verifier-0/0000000000000000000000000000000a")]
    [InlineData("99999999999999 ")]
    [InlineData("-1 verifier-0/0000000000000000000000000000000a")]
    [InlineData("soon verifier-0/0000000000000000000000000000000a")]
    public async Task What_is_not_of_our_form_is_nobodys_lease(string lease)
    {
        await _first.RunAsync("redis.call('HSET', KEYS[1], '7', ARGV[1], 'seven', ARGV[1], '1024', ARGV[1])", ["{keylime}:leases"], [lease], answer => answer, default);
        Assert.Empty(await First.ListAsync(default));
        Assert.Equal([7], await Second.ClaimAsync([7], Bob, TimeSpan.FromMinutes(10), default));
        Assert.Equal(Bob, Assert.Single(await First.ListAsync(default)).Value);
    }

    [Fact]
    public async Task Renewing_all_shards_costs_the_server_a_few_commands()
    {
        int[] all = [.. Enumerable.Range(0, ShardCount)];
        await First.ClaimAsync(all, Ann, TimeSpan.FromMinutes(10), default);
        var before = await CountCommandsAsync();
        await First.ClaimAsync(all, Ann, TimeSpan.FromMinutes(10), default);
        // The second INFO, and what the connection sends to stay alive, are in it.
        Assert.InRange(await CountCommandsAsync() - before, 1, 40);
    }

    [Fact]
    public async Task Clusters_in_databases_of_one_Redis_know_nothing_of_each_other()
    {
        await using var other = new RedisConnection(redis.Server.ConnectionString + ",defaultDatabase=1", TimeSpan.FromSeconds(10));
        await First.ClaimAsync([1], Ann, TimeSpan.FromMinutes(10), default);
        await new RedisMembershipStore(_first).BeatAsync(new("verifier-0", "10.0.0.1:8881"), default);
        Assert.Equal([1], await new RedisLeaseStore(other, ShardCount).ClaimAsync([1], Bob, TimeSpan.FromMinutes(10), default));
        Assert.Empty(await new RedisMembershipStore(other).ListAsync(default));
        Assert.Equal(Ann, Assert.Single(await First.ListAsync(default)).Value);
    }

    private async Task<long> CountCommandsAsync()
    {
        var info = await _second.RunAsync("return redis.call('INFO', 'stats')", [], [], answer => (string)answer!, default);
        var line = info.Split("\r\n").Single(line => line.StartsWith("total_commands_processed:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    public Task InitializeAsync() => redis.Server.FlushAsync();

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }
}
