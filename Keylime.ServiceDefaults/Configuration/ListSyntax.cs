using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Keylime.ServiceDefaults.Configuration;

/// <summary>Lists as both Keylimes write them: <c>a, b</c>, <c>[a b]</c> and <c>["a", 'b',]</c> are the same list.</summary>
/// <remarks>Python's list literals are the quoted and bracketed special case.</remarks>
public static class ListSyntax
{
    public static bool TryParse(string text, [NotNullWhen(true)] out IReadOnlyList<string>? items)
    {
        items = null;
        var list = text.AsSpan().Trim();
        if (list is ['[', ..])
        {
            if (list[^1] != ']' || list.Length == 1) return false;
            list = list[1..^1];
        }
        var found = new List<string>();
        for (var i = 0; i < list.Length;)
        {
            if (char.IsWhiteSpace(list[i]) || list[i] == ',') i++;
            else if (!TryReadItem(list, ref i, found)) return false;
        }
        items = found;
        return true;
    }

    private static bool TryReadItem(ReadOnlySpan<char> list, ref int i, List<string> found)
    {
        if (list[i] is not ('"' or '\'')) return TryReadBare(list, ref i, found);
        var quote = list[i++];
        var item = new StringBuilder();
        for (; i < list.Length; i++)
        {
            if (list[i] == quote)
            {
                i++;
                found.Add(item.ToString());
                // Two items must not touch: "a""b" is a slip, not a list.
                return i == list.Length || char.IsWhiteSpace(list[i]) || list[i] == ',';
            }
            if (list[i] == '\\' && i + 1 < list.Length && list[i + 1] is '\\' or '"' or '\'') i++;
            item.Append(list[i]);
        }
        return false;
    }

    private static bool TryReadBare(ReadOnlySpan<char> list, ref int i, List<string> found)
    {
        var start = i;
        while (i < list.Length && !char.IsWhiteSpace(list[i]) && list[i] != ',')
            if (list[i++] is '"' or '\'' or '[' or ']') return false;
        found.Add(list[start..i].ToString());
        return true;
    }
}
