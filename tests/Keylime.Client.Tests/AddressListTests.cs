namespace Keylime.Client.Tests;

public sealed class AddressListTests
{
    private static readonly Uri[] Servers = [new("http://a:1"), new("http://b:1"), new("http://c:1")];

    [Fact]
    public void Spreads_a_fleet_and_keeps_each_ones_order()
    {
        var first = Enumerable.Range(0, 300).Select(i => new AddressList(Servers, $"agent-{i}", TimeProvider.System).Candidates()[0]).ToList();
        Assert.All(Servers, server => Assert.InRange(first.Count(f => f == server), 60, 140));
        Assert.Equal(new AddressList(Servers, "x", TimeProvider.System).Candidates(), new AddressList(Servers.Reverse(), "x", TimeProvider.System).Candidates());
    }

    [Fact]
    public void Has_an_order_for_each_agent_and_one_memory_of_who_is_away()
    {
        var list = new AddressList(Servers, "x", new ManualTime());
        Assert.Equal(new AddressList(Servers, "agent-1", TimeProvider.System).Candidates(), list.For("agent-1").Candidates());
        var first = list.For("agent-1").Candidates()[0];
        list.For("agent-1").ReportFailure(first);
        Assert.Equal(first, list.For("agent-2").Candidates()[^1]);
        Assert.Equal(first, list.Candidates()[^1]);
    }

    [Fact]
    public void Puts_the_own_zone_first_and_keeps_the_order_within()
    {
        ServerAddress[] servers = [new(Servers[0], "east"), new(Servers[1]), new(Servers[2], "east"), new(new("http://d:1"), "west")];
        foreach (var seed in Enumerable.Range(0, 20).Select(i => $"agent-{i}"))
        {
            var anywhere = new AddressList(servers, zone: null, seed, TimeProvider.System).Candidates();
            Assert.Equal(anywhere, new AddressList(servers, "north", seed, TimeProvider.System).Candidates());
            Assert.Equal(anywhere.OrderBy(address => address != Servers[0] && address != Servers[2]), new AddressList(servers, "east", seed, TimeProvider.System).Candidates());
        }
    }

    [Fact]
    public void A_server_that_is_away_in_the_own_zone_comes_after_those_that_are_well_elsewhere()
    {
        var list = new AddressList([new(Servers[0], "east"), new(Servers[1], "west")], "east", "x", new ManualTime());
        list.ReportFailure(Servers[0]);
        Assert.Equal([Servers[1], Servers[0]], list.Candidates());
    }

    [Fact]
    public void Passes_over_a_server_that_failed_until_it_is_reported_well()
    {
        var time = new ManualTime();
        var list = new AddressList(Servers, "x", time);
        var order = list.Candidates();
        list.ReportFailure(order[0]);
        Assert.Equal([order[1], order[2], order[0]], list.Candidates());
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([order[1], order[2], order[0]], list.Candidates());
        list.ReportSuccess(order[0]);
        Assert.Equal(order, list.Candidates());
    }

    [Fact]
    public void Checks_a_server_that_failed_at_growing_pauses()
    {
        var time = new ManualTime();
        var list = new AddressList(Servers, "x", time);
        list.ReportFailure(Servers[0]);
        list.ReportFailure(Servers[0]); // at the same time: counts once
        foreach (var pause in (int[])[5, 10, 20, 40, 80, 120, 120])
        {
            time.Advance(TimeSpan.FromSeconds(pause - 1));
            Assert.Empty(list.TakeDueChecks());
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal([Servers[0]], list.TakeDueChecks());
            Assert.Empty(list.TakeDueChecks()); // handed out once
        }
        list.ReportSuccess(Servers[0]);
        list.ReportFailure(Servers[0]);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([Servers[0]], list.TakeDueChecks());
    }

    [Fact]
    public void A_single_server_is_asked_whatever_was_heard_of_it()
    {
        var list = new AddressList(Servers[0]);
        list.ReportFailure(Servers[0]);
        Assert.Equal([Servers[0]], list.Candidates());
        Assert.Empty(list.TakeDueChecks());
    }

    [Theory]
    [InlineData("host", "http://host:8890/")]
    [InlineData(" host:1 ", "http://host:1/")]
    [InlineData("10.0.0.1", "http://10.0.0.1:8890/")]
    [InlineData("10.0.0.1:2", "http://10.0.0.1:2/")]
    [InlineData("::1", "http://[::1]:8890/")]
    [InlineData("[::1]", "http://[::1]:8890/")]
    [InlineData("[::1]:3", "http://[::1]:3/")]
    public void Reads_addresses_with_and_without_ports(string text, string uri)
    {
        Assert.True(AddressList.TryParse(text, "http", 8890, out var address));
        Assert.Equal(uri, address.AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:x")]
    [InlineData("http://host")]
    [InlineData("a b")]
    [InlineData("user@host")]
    [InlineData("host/path")]
    [InlineData("host:1\0")]
    [InlineData("[::]]:1")]
    [InlineData("[[::1]")]
    [InlineData("[host]:1")]
    [InlineData("a]")]
    public void Refuses_what_is_no_address(string text) => Assert.False(AddressList.TryParse(text, "http", 8890, out _));

    [Fact]
    public void Needs_an_address() => Assert.Throws<ArgumentException>(() => new AddressList([], "x", TimeProvider.System));
}
