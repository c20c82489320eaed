using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>Writes JSON values as Python's <c>json.dumps</c> and <c>print</c> do: scripts search the output of Keylime's tenant for its very text.</summary>
internal static class PythonText
{
    /// <summary><c>{"a": 1, "b": null}</c></summary>
    public static string Dumps(JsonNode? node) => Write(node, "null", "true", "false", Quote);

    /// <summary><c>{'a': 1, 'b': None}</c></summary>
    public static string Repr(JsonNode? node) => Write(node, "None", "True", "False", ReprQuote);

    private static string Write(JsonNode? node, string none, string yes, string no, Func<string, string> quote) => node switch
    {
        JsonObject members => $"{{{string.Join(", ", members.Select(m => $"{quote(m.Key)}: {Write(m.Value, none, yes, no, quote)}"))}}}",
        JsonArray items => $"[{string.Join(", ", items.Select(item => Write(item, none, yes, no, quote)))}]",
        null => none,
        _ => node.GetValueKind() switch
        {
            JsonValueKind.True => yes,
            JsonValueKind.False => no,
            JsonValueKind.String => quote((string)node!),
            _ => node.ToJsonString(),
        },
    };

    private static string Quote(string text) => Escape(text, '"', c => c > 0x7E);

    // Python prefers single quotes, unless the text has some and no double ones.
    private static string ReprQuote(string text) => Escape(text, text.Contains('\'') && !text.Contains('"') ? '"' : '\'', c => c is > '\u007E' and < '\u00A1');

    private static string Escape(string text, char quote, Func<char, bool> mustEscape)
    {
        var written = new StringBuilder().Append(quote);
        foreach (var c in text)
            if (c == quote || c == '\\') written.Append('\\').Append(c);
            else if (c is '\n') written.Append("\\n");
            else if (c is '\r') written.Append("\\r");
            else if (c is '\t') written.Append("\\t");
            else if (c < ' ' || mustEscape(c)) written.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else written.Append(c);
        return written.Append(quote).ToString();
    }
}
