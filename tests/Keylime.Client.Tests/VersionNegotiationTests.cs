using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Client.Tests;

public sealed class VersionNegotiationTests
{
    [Theory]
    [InlineData("2.6", "1.0 2.1 2.6 3.0", "2.6")]
    [InlineData("2.3", "2.1 2.3", "2.3")]
    [InlineData("3.0", "2.6 3.0", "2.6")]
    [InlineData("2.9", "2.5 2.9", "2.5")]
    [InlineData("2.9", "2.9", null)]
    [InlineData("3.0", "3.0", null)]
    [InlineData("", "rubbish 2.4", "2.4")]
    public void Prefers_the_servers_current_version_then_the_highest_common_one(string current, string supported, string? chosen) =>
        Assert.Equal(chosen, VersionNegotiation.ChooseForServer(new(current, supported.Split(' ')), ApiVersion.Supported)?.ToString());

    [Theory]
    [InlineData("2.1", null, "2.1")]
    [InlineData("2.6", "2.1 2.5", "2.5")]
    [InlineData("9.9", null, null)]
    public void Takes_the_highest_version_that_an_agent_serves(string only, string? supported, string? chosen) =>
        Assert.Equal(chosen, VersionNegotiation.ChooseForAgent(new(only, supported?.Split(' ')), ApiVersion.Supported)?.ToString());
}
