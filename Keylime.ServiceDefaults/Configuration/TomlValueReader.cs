using System.Globalization;
using System.Text;

namespace Keylime.ServiceDefaults.Configuration;

/// <summary>Reads one TOML value, line after line: a basic or literal string, a list, or a bare word. A list stays text, for <see cref="ListSyntax"/>.</summary>
internal sealed class TomlValueReader
{
    /// <summary>The list so far, without its comments; null before a list begins.</summary>
    private StringBuilder? _list;
    private char? _quote;
    private bool _endedInComment;

    /// <summary>Whether no further line belongs to the value. Only a list goes on to the next line.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The value; null when it is malformed.</summary>
    public string? Value { get; private set; }

    /// <summary>Takes the value's first line, or a further one with the line feed before it.</summary>
    public void Append(string text)
    {
        var trimmed = _list is null ? text.TrimStart() : text;
        if (_list is not null || trimmed is ['[', ..]) ReadList(trimmed);
        else
            (IsComplete, Value) = (true, trimmed switch
            {
                ['"', ..] => ReadBasic(trimmed),
                ['\'', ..] => ReadLiteral(trimmed),
                _ => WithoutComment(trimmed).Trim(),
            });
    }

    /// <summary>Goes on with the list where the line before ended: a list of many lines is read once, not once a line.</summary>
    private void ReadList(string text)
    {
        _list ??= new StringBuilder();
        // A comment takes the line feed behind it along.
        if (_endedInComment) text = text.TrimStart('\n');
        _endedInComment = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (_quote is null && c == '#')
            {
                _endedInComment = true;
                return;
            }
            _list.Append(c);
            if (_quote is not null) _quote = c == _quote ? null : _quote;
            else if (c is '"' or '\'') _quote = c;
            else if (c == ']')
            {
                (IsComplete, Value) = (true, OnlyIfRestIsBlank(_list.ToString(), text[(i + 1)..]));
                return;
            }
        }
    }

    private static string? ReadLiteral(string text) =>
        text.IndexOf('\'', 1) is > 0 and var end ? OnlyIfRestIsBlank(text[1..end], text[(end + 1)..]) : null;

    private static string? ReadBasic(string text)
    {
        var value = new StringBuilder();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"') return OnlyIfRestIsBlank(value.ToString(), text[(i + 1)..]);
            if (text[i] != '\\') value.Append(text[i]);
            else if (++i == text.Length || !TryUnescape(text, ref i, value)) return null;
        }
        return null;
    }

    private static bool TryUnescape(string text, ref int i, StringBuilder value)
    {
        if (text[i] == 'u')
        {
            if (i + 4 >= text.Length || !ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)) return false;
            i += 4;
            value.Append((char)code);
            return true;
        }
        char? c = text[i] switch { 'b' => '\b', 't' => '\t', 'n' => '\n', 'f' => '\f', 'r' => '\r', '"' => '"', '\\' => '\\', _ => null };
        if (c is null) return false;
        value.Append(c);
        return true;
    }

    private static string? OnlyIfRestIsBlank(string value, string rest) => WithoutComment(rest).Trim().Length == 0 ? value : null;

    private static string WithoutComment(string text) => text.IndexOf('#') is >= 0 and var start ? text[..start] : text;
}
