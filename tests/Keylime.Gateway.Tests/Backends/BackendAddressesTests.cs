using Keylime.Gateway.Backends;

namespace Keylime.Gateway.Tests.Backends;

public class BackendAddressesTests
{
    [Theory]
    [InlineData("127.0.0.1:8881", "https://127.0.0.1:8881/")]
    [InlineData("verifier-0.keylime:443", "https://verifier-0.keylime/")]
    [InlineData("[::1]:8881", "https://[::1]:8881/")]
    [InlineData("https://127.0.0.1:8881", "https://127.0.0.1:8881/")]
    [InlineData("https://127.0.0.1:8881/", "https://127.0.0.1:8881/")]
    public void Reads_host_and_port(string text, string uri) => Assert.Equal(new Uri(uri), BackendAddresses.Parse(text, "https"));

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData(":8881")]
    [InlineData("127.0.0.1:0x1")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("http://127.0.0.1:8881")]
    [InlineData("ftp://127.0.0.1:8881")]
    [InlineData("https://127.0.0.1:8881/path")]
    [InlineData("https://user@127.0.0.1:8881")]
    [InlineData("https://127.0.0.1:8881?x")]
    [InlineData("::1:8881")]
    [InlineData("two words:1")]
    public void Refuses_anything_else(string text) => Assert.Null(BackendAddresses.Parse(text, "https"));
}
