using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tests.Configuration;

public sealed class ListSyntaxTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("[]", "")]
    [InlineData("a", "a")]
    [InlineData("a, b", "a|b")]
    [InlineData("a b\nc", "a|b|c")]
    [InlineData("[a, b]", "a|b")]
    [InlineData("[\"a\", 'b']", "a|b")]
    [InlineData("['a', 'b',]", "a|b")]
    [InlineData("  [ 'a b' , c ] ", "a b|c")]
    [InlineData("'a,b'", "a,b")]
    [InlineData("\"\"", "")]
    [InlineData(@"'it\'s'", "it's")]
    public void Reads_every_spelling_of_a_list(string text, string items)
    {
        Assert.True(ListSyntax.TryParse(text, out var parsed));
        Assert.Equal(items, string.Join('|', parsed));
    }

    [Theory]
    [InlineData("[a")]
    [InlineData("[")]
    [InlineData("a]")]
    [InlineData("'a")]
    [InlineData("a'b'")]
    [InlineData("'a''b'")]
    [InlineData("[[a]]")]
    public void Refuses_what_is_no_list(string text) => Assert.False(ListSyntax.TryParse(text, out _));
}
