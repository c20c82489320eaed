namespace Keylime.Protocol.Tests;

public sealed class AgentIdTests
{
    [Theory]
    [InlineData("d432fbb3-d2f1-4a97-9ef7-75bd81c00000")]
    [InlineData("a")]
    [InlineData("A_b.c-9")]
    [InlineData("...")]
    public void Takes_keylimes_alphabet(string text)
    {
        Assert.True(AgentId.TryParse(text, out var id));
        Assert.Equal(text, id.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a%2Fb")]
    [InlineData("a\n")]
    [InlineData("ä")]
    [InlineData("١")]
    public void Refuses_everything_else(string? text) => Assert.False(AgentId.TryParse(text, out _));

    [Fact]
    public void Takes_80_characters_and_no_more()
    {
        Assert.True(AgentId.TryParse(new string('a', 80), out _));
        Assert.False(AgentId.TryParse(new string('a', 81), out _));
    }

    [Fact]
    public void Has_no_value_unless_it_was_parsed() => Assert.Throws<InvalidOperationException>(() => default(AgentId).Value);
}
