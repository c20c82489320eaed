namespace Keylime.Sharding.Tests;

public class ZoneNameTests
{
    [Theory]
    [InlineData("host", "host", null)]
    [InlineData("host:1@rack-7", "host:1", "rack-7")]
    [InlineData("[::1]:1@eu_west.1a", "[::1]:1", "eu_west.1a")]
    [InlineData("a@b@zone", "a@b", "zone")]
    public void Takes_the_zone_off_an_address(string text, string address, string? zone)
    {
        Assert.True(ZoneName.TrySplit(text, out var actual, out var actualZone));
        Assert.Equal((address, zone), (actual, actualZone));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:1")]
    [InlineData("a/b")]
    [InlineData("zône")]
    [InlineData("a\n")]
    public void Refuses_what_is_no_name(string zone)
    {
        Assert.False(ZoneName.IsValid(zone));
        Assert.False(ZoneName.TrySplit($"host:1@{zone}", out _, out _));
    }

    [Fact]
    public void A_name_has_64_characters_at_most()
    {
        Assert.True(ZoneName.IsValid(new string('z', 64)));
        Assert.False(ZoneName.IsValid(new string('z', 65)));
    }

    [Theory]
    [InlineData("", true, null)]
    [InlineData("  ", true, null)]
    [InlineData(" east ", true, "east")]
    [InlineData("east west", false, "east west")]
    public void An_option_may_be_left_empty(string text, bool isGood, string? zone)
    {
        Assert.Equal(isGood, ZoneName.TryRead(text, out var actual));
        Assert.Equal(zone, actual);
    }
}
