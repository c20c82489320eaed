using System.Text;

namespace Keylime.Storage;

/// <summary>Text that every database takes. What agents say is bounded and cleaned where it comes in; this is the last resort, because a text that
/// a database refuses is no outage: it would stop the verifier that writes it, and its successor.</summary>
internal static class StorableText
{
    /// <summary>The text with U+FFFD in place of NUL and of half surrogate pairs.</summary>
    public static string? Of(string? text)
    {
        if (text is null || !text.Any(c => c == '\0' || char.IsSurrogate(c))) return text;
        var storable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) storable.Append(rune.Value == 0 ? Rune.ReplacementChar : rune);
        return storable.ToString();
    }
}
