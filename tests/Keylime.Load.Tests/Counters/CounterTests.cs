using Keylime.Load.Counters;
using Keylime.Testing;

namespace Keylime.Load.Tests.Counters;

public sealed class CounterTests
{
    [Fact]
    public void A_server_that_starts_again_goes_on_being_counted()
    {
        var total = new RunningTotal();
        total.Observe("a", 100);
        total.Observe("a", 130);
        total.Observe("b", 7);
        total.Observe("b", 9);
        Assert.Equal(39, total.Grown);
    }

    [Fact]
    public void A_counter_that_was_reset_takes_nothing_back()
    {
        var total = new RunningTotal();
        total.Observe("a", 100);
        total.Observe("a", 10);
        total.Observe("a", 15);
        Assert.Equal(5, total.Grown);
    }

    [Theory]
    [InlineData("")]
    [InlineData("run_id:abc\r\n")]
    [InlineData("total_commands_processed:5\r\n")]
    [InlineData("run_id:\r\ntotal_commands_processed:5\r\n")]
    [InlineData("run_id:abc\r\ntotal_commands_processed:-5\r\n")]
    [InlineData("run_id:abc\r\ntotal_commands_processed:99999999999999999999\r\n")]
    public void An_answer_of_another_form_is_refused(string text) => Assert.False(RedisInfo.TryParse(text, out _));

    [Fact]
    public async Task Redis_commands_of_others_are_counted_and_ours_are_not()
    {
        await using var redis = await RedisServer.StartAsync();
        using var counter = RedisCounter.Open(redis.ConnectionString);
        Assert.True(await counter.TryReadAsync(CancellationToken.None));
        for (var i = 0; i < 5; i++) Assert.True(await counter.TryReadAsync(CancellationToken.None));
        Assert.Equal(0, counter.Grown);

        using var other = RedisCounter.Open(redis.ConnectionString);
        Assert.True(await other.TryReadAsync(CancellationToken.None));
        Assert.True(await counter.TryReadAsync(CancellationToken.None));
        Assert.Equal(2, counter.Grown); // The other's AUTH and INFO.
    }

    [Fact]
    public async Task A_Redis_that_was_away_is_read_again()
    {
        await using var redis = await RedisServer.StartAsync();
        using var counter = RedisCounter.Open(redis.ConnectionString);
        Assert.True(await counter.TryReadAsync(CancellationToken.None));
        await redis.StopAsync();
        Assert.False(await counter.TryReadAsync(CancellationToken.None));
        await redis.RestartAsync();
        Assert.True(await counter.TryReadAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host")]
    [InlineData("host:port,password=x")]
    [InlineData("[::1]:6379")]
    public void A_Redis_without_an_address_is_refused(string connectionString) => Assert.Throws<LoadException>(() => RedisCounter.Open(connectionString));

    [Fact]
    public async Task A_PostgreSQL_that_does_not_count_is_told_apart_from_one_that_counted_nothing()
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        Assert.Null(await SqlCounter.OpenAsync(database, CancellationToken.None));
    }
}
