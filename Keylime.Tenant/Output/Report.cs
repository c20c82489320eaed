using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Keylime.Tenant.Output;

/// <summary>Writes results to standard output, as a table for people or as JSON for programs.</summary>
internal sealed class Report(TextWriter output, OutputFormat format)
{
    /// <summary>Width of tables that no terminal limits: wide enough that nothing is cut.</summary>
    private const int UnlimitedWidth = 400;

    /// <summary>Writes rows: as a table with these columns, or as a JSON array.</summary>
    public void Write<T>(IReadOnlyList<T> rows, JsonTypeInfo<IReadOnlyList<T>> type, params (string Title, Func<T, string> Cell)[] columns)
    {
        if (format == OutputFormat.Json) output.WriteLine(JsonSerializer.Serialize(rows, type));
        else WriteTable(rows, columns);
    }

    /// <summary>Writes a document that is JSON already.</summary>
    public void WriteJson(string json) => output.WriteLine(json);

    /// <summary>Writes rows as a table; nothing when there are none.</summary>
    public void WriteTable<T>(IReadOnlyList<T> rows, (string Title, Func<T, string> Cell)[] columns)
    {
        if (rows.Count == 0) return;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected || output != Console.Out) console.Profile.Width = UnlimitedWidth;
        var table = new Table { Border = TableBorder.Simple };
        foreach (var (title, _) in columns) table.AddColumn(new TableColumn(new Text(title)));
        // Text, not markup: what agents and servers say is shown as it is.
        foreach (var row in rows) table.AddRow(columns.Select(column => new Text(column.Cell(row))));
        console.Write(table);
    }
}
