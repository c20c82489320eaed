using Keylime.Gateway.Routing;

namespace Keylime.Gateway.Tests.Routing;

public class RequestTargetTests
{
    [Theory]
    [InlineData("/", "")]
    [InlineData("/version", "version")]
    [InlineData("/version?x=/../y", "version")]
    [InlineData("/v2.6/agents", "v2.6|agents")]
    [InlineData("/v2.6/agents/", "v2.6|agents")]
    [InlineData("/v2.6/agents/a%62c/stop", "v2.6|agents|abc|stop")]
    [InlineData("/v2.6/allowlists/a%2Fb%252Fc", "v2.6|allowlists|a/b%2Fc")]
    [InlineData("/v2.6/allowlists/..%2F", "v2.6|allowlists|../")]
    public void Decodes_each_segment_once_and_keeps_the_target_as_it_came(string raw, string segments)
    {
        var target = RequestTarget.Parse(raw);
        Assert.NotNull(target);
        Assert.Equal(segments, string.Join('|', target.Segments));
        Assert.Equal(raw, target.Raw);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("//")]
    [InlineData("//evil.example/agents")]
    [InlineData("http://evil.example/v2.6/agents")]
    [InlineData("/v2.6//agents")]
    [InlineData("/v2.6/agents//")]
    [InlineData("/v2.6/agents/..")]
    [InlineData("/v2.6/agents/../allowlists")]
    [InlineData("/v2.6/./agents")]
    [InlineData("/v2.6/agents/%2e%2E/allowlists")]
    [InlineData("/v2.6/agents/.%2e")]
    [InlineData("/v2.6/agents/%2e")]
    [InlineData("/v2.6\\agents")]
    [InlineData("/v2.6/agents#x")]
    [InlineData("/v2.6/agents/a b")]
    [InlineData("/v2.6/agents/a\tb")]
    [InlineData("/v2.6/agents/\u00e4")]
    [InlineData("/v2.6/agents/a\0")]
    public void Refuses_what_two_servers_could_read_differently(string raw) => Assert.Null(RequestTarget.Parse(raw));
}
