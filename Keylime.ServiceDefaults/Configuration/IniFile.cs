using System.Text;

namespace Keylime.ServiceDefaults.Configuration;

/// <summary>One configuration file: sections of options. Names are case-insensitive; values are the text as written, without quotes that
/// enclose all of it.</summary>
internal sealed class IniFile
{
    private readonly Dictionary<(string Section, string Option), string> _values = [];

    private IniFile(string path) => Path = path;

    public string Path { get; }

    public string? Find(string section, string option) => _values.GetValueOrDefault((Key(section), Key(option)));

    /// <summary>The text without the double quotes around it. Quotes inside it mean that the outer ones belong to list items.</summary>
    public static string Unquote(string text)
    {
        var trimmed = text.Trim();
        return trimmed is ['"', .. var inner, '"'] && !inner.Contains('"') ? inner.Trim() : trimmed;
    }

    public static IniFile Read(string path, IniDialect dialect)
    {
        try
        {
            return Parse(File.ReadAllText(path), path, dialect);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    public static IniFile Parse(string text, string path, IniDialect dialect)
    {
        var file = new IniFile(path);
        var lines = text.Split('\n');
        var section = "";
        for (var i = 0; i < lines.Length; i++)
        {
            var number = i + 1;
            var line = lines[i].TrimEnd();
            if (IsBlankOrComment(line)) continue;
            if (line[0] == '[' && line.IndexOf(']') is > 0 and var end)
            {
                section = line[1..end].Trim();
                continue;
            }
            var separator = line.AsSpan().IndexOfAny('=', dialect == IniDialect.Python ? ':' : '=');
            if (separator < 1) throw Error(path, number, "neither a section, an option nor a comment");
            var option = line[..separator].Trim();
            var value = dialect == IniDialect.Python
                ? ReadContinued(line[(separator + 1)..], lines, ref i)
                : ReadToml(line[(separator + 1)..], lines, ref i, path);
            if (!file._values.TryAdd((Key(section), Key(option)), value)) throw Error(path, number, $"option '{option}' appears twice");
        }
        return file;
    }

    private static string ReadContinued(string first, string[] lines, ref int i)
    {
        var value = new StringBuilder(first.Trim());
        while (i + 1 < lines.Length && lines[i + 1].Length > 0 && char.IsWhiteSpace(lines[i + 1][0]) && lines[i + 1].Trim().Length > 0)
        {
            var line = lines[++i].Trim();
            if (!IsBlankOrComment(line)) value.Append('\n').Append(line);
        }
        return Unquote(value.ToString());
    }

    private static string ReadToml(string first, string[] lines, ref int i, string path)
    {
        var reader = new TomlValueReader();
        var number = i + 1;
        reader.Append(first);
        while (!reader.IsComplete)
        {
            if (++i == lines.Length) throw Error(path, number, "a value that is not ended");
            reader.Append("\n" + lines[i].TrimEnd('\r'));
        }
        return reader.Value ?? throw Error(path, number, "text after the value, or a quote that is not ended");
    }

    private static bool IsBlankOrComment(string line) => line.AsSpan().TrimStart() is [] or ['#', ..] or [';', ..];

    private static ConfigurationException Error(string path, int line, string problem) => new($"{path}, line {line}: {problem}");

    // Python lower-cases names; '-' and '_' stay different, as there.
    private static string Key(string name) => name.ToLowerInvariant();
}
