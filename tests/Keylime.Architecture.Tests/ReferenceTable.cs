using System.Text.RegularExpressions;

namespace Keylime.Architecture.Tests;

/// <summary>A page of docs/reference: rows of its tables by the section (<c>## </c>) that they stand in, heads and rules left out.</summary>
internal sealed class ReferenceTable
{
    private readonly List<(string Section, IReadOnlyList<string> Cells)> _rows = [];

    public IEnumerable<string> Sections => _rows.Select(row => row.Section).Distinct();

    public IEnumerable<IReadOnlyList<string>> AllRows => _rows.Select(row => row.Cells);

    public static ReferenceTable Read(string page)
    {
        var table = new ReferenceTable();
        var section = "";
        var isHead = true;
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "docs/reference", page)))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) section = line[3..];
            if (!line.StartsWith('|')) isHead = true;
            else if (line.StartsWith("|---", StringComparison.Ordinal)) isHead = false;
            else if (!isHead) table._rows.Add((section, [.. line.Trim('|').Split('|').Select(cell => cell.Trim())]));
        }
        return table;
    }

    public IEnumerable<IReadOnlyList<string>> RowsOf(string section) => _rows.Where(row => row.Section == section).Select(row => row.Cells);

    /// <summary>Names in the first cells of a section.</summary>
    public IEnumerable<string> CellsOf(string section, Regex name) => RowsOf(section).SelectMany(row => name.Matches(row[0])).Select(match => match.Groups["name"].Value);
}
