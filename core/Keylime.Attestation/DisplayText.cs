using System.Globalization;
using System.Text;

namespace Keylime.Attestation;

/// <summary>Text of the other side, made fit for a log line, a status page or a terminal: bounded, one line, no control characters and none that hide or turn round what
/// stands beside them.</summary>
internal static class DisplayText
{
    private const int MaxLength = 200;

    /// <summary>For text that an operator will want whole, such as the digests of a boot chain.</summary>
    public const int LongLength = 4096;

    /// <summary>UTF-8 from the other side; what is not UTF-8 shows as U+FFFD.</summary>
    public static string Of(ReadOnlySpan<byte> utf8) =>
        Of(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * MaxLength)]));

    public static string Of(string text, int maxLength = MaxLength)
    {
        if (text.Length <= maxLength && !text.Any(c => char.IsSurrogate(c) || IsUnfit(char.GetUnicodeCategory(c)))) return text;
        var shown = new StringBuilder(maxLength + 1);
        // By code points: half of a surrogate pair is no text, and encoders and databases refuse it.
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length + rune.Utf16SequenceLength > maxLength) return shown.Append('…').ToString();
            shown.Append(IsUnfit(Rune.GetUnicodeCategory(rune)) ? Rune.ReplacementChar : rune);
        }
        return shown.ToString();
    }

    // U+202E lets a path read backwards, U+200B lets two look alike.
    private static bool IsUnfit(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
