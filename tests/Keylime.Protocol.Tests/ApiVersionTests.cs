namespace Keylime.Protocol.Tests;

public sealed class ApiVersionTests
{
    [Theory]
    [InlineData("2.6", 2, 6)]
    [InlineData("0.0", 0, 0)]
    [InlineData("12.345", 12, 345)]
    public void Reads_major_and_minor(string text, int major, int minor)
    {
        Assert.True(ApiVersion.TryParse(text, out var version));
        Assert.Equal(new ApiVersion(major, minor), version);
        Assert.Equal(text, version.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("2.")]
    [InlineData(".6")]
    [InlineData("2.6.1")]
    [InlineData("v2.6")]
    [InlineData("02.6")]
    [InlineData("2.06")]
    [InlineData("+2.6")]
    [InlineData("2. 6")]
    [InlineData("2.9999")]
    [InlineData("٢.٦")]
    [InlineData("2.6\0")]
    [InlineData("2\0.6")]
    public void Refuses_everything_else(string text) => Assert.False(ApiVersion.TryParse(text, out _));

    [Theory]
    [InlineData("2.1 2.5 2.6", "2.6 2.1", "2.6")]
    [InlineData("2.1 2.10", "2.10 2.9 2.1", "2.10")]
    [InlineData("2.6", "2.5", null)]
    [InlineData("", "2.5", null)]
    public void Negotiates_the_highest_common_version(string ours, string theirs, string? best) => Assert.Equal(best, ApiVersion.Negotiate(Parse(ours), Parse(theirs))?.ToString());

    private static IEnumerable<ApiVersion> Parse(string versions) => versions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => ApiVersion.TryParse(text, out var v) ? v : throw new FormatException(text));
}
