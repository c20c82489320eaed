using Keylime.Sharding.Tests.Conformance;

namespace Keylime.Sharding.Redis.Tests;

public sealed class RedisMembershipStoreTests(RedisFixture redis) : MembershipStoreTests, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private readonly RedisConnection _first = new(redis.Server.ConnectionString, TimeSpan.FromMinutes(2));
    private readonly RedisConnection _second = new(redis.Server.ConnectionString, TimeSpan.FromMinutes(2));

    protected override IMembershipStore First => new RedisMembershipStore(_first);

    protected override IMembershipStore Second => new RedisMembershipStore(_second);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"instance":"other","address":"x:1"}""")]
    [InlineData("""{"instance":"odd"}""")]
    [InlineData("""{"instance":"odd","address":null}""")]
    [InlineData("""{"instance":"odd","address":"x:1","state":"Dancing"}""")]
    public async Task Passes_over_an_entry_that_it_cannot_read(string json)
    {
        await _first.CallAsync(database => database.HashSetAsync("{keylime}:members", "odd", json), CancellationToken.None);
        var good = new Member("verifier-0", "10.0.0.1:8881");
        Assert.Equal([good], (await First.BeatAsync(good, CancellationToken.None)).Select(heartbeat => heartbeat.Member));
    }

    [Fact]
    public async Task Forgets_a_member_that_has_not_beaten_for_a_minute()
    {
        var old = new Member("verifier-old", "10.0.0.1:8881");
        await First.BeatAsync(old, CancellationToken.None);
        var aMinuteAgo = DateTimeOffset.UtcNow.AddSeconds(-61).ToUnixTimeMilliseconds() * 1000d;
        await _first.CallAsync(database => database.SortedSetAddAsync("{keylime}:beats", old.Instance, aMinuteAgo), CancellationToken.None);
        Assert.Single(await Second.ListAsync(CancellationToken.None));
        var young = new Member("verifier-new", "10.0.0.2:8881");
        Assert.Equal([young], (await Second.BeatAsync(young, CancellationToken.None)).Select(heartbeat => heartbeat.Member));
    }

    public Task InitializeAsync() => redis.Server.FlushAsync();

    public async Task DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }
}
