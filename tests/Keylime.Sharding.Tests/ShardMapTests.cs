namespace Keylime.Sharding.Tests;

public class ShardMapTests
{
    /// <summary>Shards are stored with agents: these values must never change. Computed with an independent implementation.</summary>
    [Theory]
    [InlineData("d432fbb3-d2f1-4a97-9ef7-75bd81c00000", 262, 4, 42246)]
    [InlineData("agent-1", 1022, 0, 11262)]
    [InlineData("a", 603, 1, 52827)]
    [InlineData("A", 189, 3, 20669)]
    public void Places_an_agent_where_it_has_always_been(string id, int of1024, int of7, int of65536)
    {
        Assert.Equal(of1024, new ShardMap(1024).ShardOf(id));
        Assert.Equal(of7, new ShardMap(7).ShardOf(id));
        Assert.Equal(of65536, new ShardMap(65536).ShardOf(id));
    }

    [Fact]
    public void Spreads_ids_that_differ_in_few_characters()
    {
        var map = new ShardMap(ShardMap.DefaultCount);
        var loads = new int[map.Count];
        for (var i = 0; i < 100_000; i++) loads[map.ShardOf($"agent-{i}")]++;
        // 98 agents per shard on average, standard deviation 10.
        Assert.InRange(loads.Min(), 50, 98);
        Assert.InRange(loads.Max(), 98, 150);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(65_537)]
    public void Refuses_a_senseless_count(int count) => Assert.Throws<ArgumentOutOfRangeException>(() => new ShardMap(count));
}
