using System.Diagnostics.CodeAnalysis;
using Keylime.Protocol.V2;

namespace Keylime.Protocol.Tests.V2;

public sealed class QuoteParametersTests
{
    [Theory]
    [InlineData("nonce=abc123&mask=0x408000&partial=0&ima_ml_entry=7", "abc123", 0x408000u, true, 7)]
    [InlineData("nonce=abc&mask=408000&partial=1", "abc", 0x408000u, false, 0)]
    [InlineData("nonce=abc&mask=0&partial=1&ima_ml_entry=x", "abc", 0u, false, 0)]
    [InlineData("nonce=abc&mask=ffffff&partial=1&ima_ml_entry=-5", "abc", 0xFFFFFFu, false, 0)]
    [InlineData("nonce=abc&mask=0&partial=1&ima_ml_entry=99999999999999999999", "abc", 0u, false, 0)]
    [InlineData("nonce=&mask=0&partial=1&unknown=1", "", 0u, false, 0)]
    public void Reads_what_verifiers_send(string query, string nonce, uint mask, bool withKey, long first)
    {
        Assert.True(QuoteParameters.TryReadIntegrity(Parse(query), out var parameters, out _));
        Assert.Equal(new QuoteParameters(nonce, mask, withKey, first), parameters);
    }

    [Theory]
    [InlineData("mask=0&partial=0", "no nonce")]
    [InlineData("nonce=a&partial=0", "no mask")]
    [InlineData("nonce=a&mask=0", "no partial")]
    [InlineData("nonce=a-b&mask=0&partial=0", "nonce should be strictly alphanumeric: a-b")]
    [InlineData("nonce=ä&mask=0&partial=0", "nonce should be strictly alphanumeric: ä")]
    [InlineData("nonce=a&mask=0x-1&partial=0", "mask should be strictly alphanumeric: 0x-1")]
    [InlineData("nonce=a&mask=xyz&partial=0", "mask should be a hex encoded 32-bit integer: xyz")]
    [InlineData("nonce=a&mask=&partial=0", "mask should be a hex encoded 32-bit integer: ")]
    [InlineData("nonce=a&mask=123456789&partial=0", "mask should be a hex encoded 32-bit integer: 123456789")]
    [InlineData("nonce=a&mask=1000000&partial=0", "only pcrs 0-23 can be included in integrity quote, but mask was 1000000")]
    [InlineData("nonce=a&mask=0&partial=2", "uri must contain key 'partial' and value '0' or '1'")]
    public void Refuses_the_rest_and_says_why(string query, string message)
    {
        Assert.False(QuoteParameters.TryReadIntegrity(Parse(query), out _, out var error));
        Assert.Equal(message, error);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Takes_nonces_up_to_what_a_TPM_signs(int length, bool good)
    {
        var nonce = new string('a', length);
        Assert.Equal(good, QuoteParameters.TryReadIdentity(Parse($"nonce={nonce}"), out _, out var error));
        Assert.Equal(good, error is null);
        Assert.Equal(good, QuoteParameters.TryReadIntegrity(Parse($"nonce={nonce}&mask=0&partial=0"), out _, out _));
    }

    [Fact]
    public void An_identity_quote_has_the_key_and_neither_a_PCR_nor_a_list_that_was_not_asked_for()
    {
        Assert.True(QuoteParameters.TryReadIdentity(Parse("nonce=abc&mask=fff"), out var parameters, out _));
        Assert.Equal(new QuoteParameters("abc", 0, true, null), parameters);
    }

    private static QuoteParameters.QueryLookup Parse(string query)
    {
        var values = query.Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return TryGet;

        bool TryGet(string name, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? error)
        {
            var found = values.TryGetValue(name, out value);
            error = found ? null : $"no {name}";
            return found;
        }
    }
}
