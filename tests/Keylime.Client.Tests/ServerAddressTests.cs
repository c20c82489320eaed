namespace Keylime.Client.Tests;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("host", "https://host:8881/", null)]
    [InlineData(" host:1@east ", "https://host:1/", "east")]
    [InlineData("[::1]:3@rack-7", "https://[::1]:3/", "rack-7")]
    [InlineData("::1@a", "https://[::1]:8881/", "a")]
    public void Reads_an_address_and_its_zone(string text, string address, string? zone)
    {
        Assert.True(ServerAddress.TryParse(text, "https", 8881, out var server));
        Assert.Equal(new ServerAddress(new(address), zone), server);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@east")]
    [InlineData("host@")]
    [InlineData("host@east west")]
    [InlineData("host@east:1")]
    [InlineData("host:0@east")]
    [InlineData("https://host@east")]
    public void A_list_says_which_of_its_items_is_none(string text)
    {
        Assert.False(ServerAddress.TryReadList(["good:1", text], "https", 8881, out _, out var problem));
        Assert.StartsWith($"'{text}' is not host or host:port, with @zone", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_names_each_server_once_and_in_one_zone()
    {
        Assert.True(ServerAddress.TryReadList(["a:1@east", "A:1@east", "b"], "https", 8881, out var servers, out _));
        Assert.Equal([new(new("https://a:1"), "east"), new(new("https://b:8881"))], servers);
        Assert.False(ServerAddress.TryReadList(["a:1@east", "a:1@west"], "https", 8881, out _, out var problem));
        Assert.Equal("a:1 stands in two zones", problem);
    }

    [Fact]
    public void A_list_is_neither_empty_nor_endless()
    {
        Assert.False(ServerAddress.TryReadList([], "https", 8881, out _, out var none));
        Assert.Equal("must name a server", none);
        Assert.False(ServerAddress.TryReadList([.. Enumerable.Range(0, 257).Select(i => $"host-{i}")], "https", 8881, out _, out var tooMany));
        Assert.Equal("names 257 servers, more than 256", tooMany);
    }

    [Fact]
    public void What_is_no_address_is_shown_in_part()
    {
        Assert.False(ServerAddress.TryReadList([new string('x', 100_000)], "https", 8881, out _, out var problem));
        Assert.InRange(problem.Length, 100, 300);
    }
}
