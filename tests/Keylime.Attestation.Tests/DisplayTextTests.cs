using System.Text;

namespace Keylime.Attestation.Tests;

public sealed class DisplayTextTests
{
    private static readonly Encoding Strict = new UTF8Encoding(false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData(199)]
    [InlineData(200)]
    [InlineData(201)]
    public void Never_cuts_a_character_in_half(int length)
    {
        var text = new string('a', length - 1) + "\U0001F600" + new string('b', 10);
        var shown = DisplayText.Of(text);
        Assert.True(Strict.GetBytes(shown).Length > 0);
        Assert.InRange(shown.Length, 1, 201);
        Assert.EndsWith("…", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\u202Etxt.exe")]
    [InlineData("a\u200Btxt.exe")]
    [InlineData("a\u2028txt.exe")]
    [InlineData("a\u2066txt.exe")]
    [InlineData("a\u001Btxt.exe")]
    [InlineData("a\U000E0041txt.exe")]
    public void Shows_no_characters_that_hide_or_turn_round_others(string text) => Assert.Equal("a\uFFFDtxt.exe", DisplayText.Of(text));

    // Attributes cannot hold half pairs.
    [Fact]
    public void Shows_what_has_no_form_as_a_replacement()
    {
        Assert.Equal("plain ö \U0001F600", DisplayText.Of("plain ö \U0001F600"));
        Assert.Equal("two\uFFFDlines\uFFFD", DisplayText.Of("two\nlines\0"));
        Assert.Equal("half\uFFFD", DisplayText.Of("half\uD83D"));
        Assert.Equal("\uFFFDhalf", DisplayText.Of("\uDE00half"));
    }
}
