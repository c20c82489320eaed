using Keylime.Load.Fleet;

namespace Keylime.Load.Tests.Fleet;

public sealed class FleetEventTests
{
    [Fact]
    public void Reads_a_tick_with_members_that_are_not_of_interest()
    {
        var tick = FleetEvent.TryParse("""{"event":"tick","at":1.5,"quotes":7,"perSecond":3,"gapSeconds":{"p50":1,"p99":null,"max":2},"waiting":0,"failed":0,"agents":5,"new":{"a":[]}}""");
        Assert.Equal(("tick", 7L, 0, new Spread(1, null, 2)), (tick!.Event, tick.Quotes, tick.Waiting, tick.GapSeconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"event":7}""")]
    [InlineData("""{"event":"tick","quotes":"many"}""")]
    [InlineData("""{"event":"tick","quotes":1e400}""")]
    [InlineData("""{"event":"tick" """)]
    public void A_line_that_is_no_event_is_none(string line) => Assert.Null(FleetEvent.TryParse(line));

    [Fact]
    public void Agents_have_the_addresses_that_follow() =>
        Assert.Equal(["127.64.0.254:9002", "127.64.0.255:9002", "127.64.1.0:9002"], new FleetEvent { Event = "started", FirstAddress = "127.64.0.254", Port = 9002 }.Addresses(3));

    [Theory]
    [InlineData(null)]
    [InlineData("::1")]
    [InlineData("somewhere")]
    public void Without_an_address_there_are_none(string? first) => Assert.Empty(new FleetEvent { Event = "started", FirstAddress = first, Port = 1 }.Addresses(3));
}
