using Keylime.ServiceDefaults.Http;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Tests.Http;

public sealed class RequestQueryTests
{
    [Theory]
    [InlineData("?nonce=abc&mask=1", "abc")]
    [InlineData("?mask=1&nonce=", "")]
    [InlineData("?nonce", "")]
    [InlineData("?nonce=%C3%A4+b", "ä b")]
    [InlineData("?n%6Fnce=abc", "abc")]
    public void A_value_that_is_there_once_is_found(string query, string expected)
    {
        Assert.True(new RequestQuery(new QueryString(query)).TryGet("nonce", out var value, out var error));
        Assert.Equal((expected, null), (value, error));
    }

    [Theory]
    [InlineData("", "missing")]
    [InlineData("?", "missing")]
    [InlineData("?Nonce=abc", "missing")]
    [InlineData("?mask=nonce", "missing")]
    [InlineData("?nonce=a&nonce=a", "duplicate")]
    [InlineData("?nonce=a&mask=1&nonce=b&nonce=c", "duplicate")]
    public void Anything_else_is_refused_in_the_Rust_agents_words(string query, string fault)
    {
        Assert.False(new RequestQuery(new QueryString(query)).TryGet("nonce", out var value, out var error));
        Assert.Equal((null, $"Query deserialize error: {fault} field `nonce`"), (value, error));
    }
}
