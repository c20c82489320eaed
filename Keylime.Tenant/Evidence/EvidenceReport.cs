using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Evidence;

/// <summary>Writes a result: as one JSON object, or as tables for people.</summary>
internal sealed class EvidenceReport(TextWriter output, OutputFormat format)
{
    // Paths and command lines hold quotes and non-ASCII letters; the text goes to a terminal or a JSON parser, never into HTML.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Write(EvidenceResult result)
    {
        var json = result.ToJson();
        if (format == OutputFormat.Json) output.WriteLine(json.ToJsonString(Indented));
        else WriteTables(json);
    }

    /// <summary>One line of a batch's answer.</summary>
    public static string ToLine(JsonObject json) => json.ToJsonString(OneLine);

    private void WriteTables(JsonObject json)
    {
        var tables = new Report(output, OutputFormat.Table);
        var values = json.Where(member => member.Value is not JsonArray).ToList();
        tables.WriteTable(values, [("NAME", member => member.Key), ("VALUE", member => Show(member.Value))]);
        foreach (var list in json.Select(member => member.Value).OfType<JsonArray>())
        {
            var rows = list.OfType<JsonObject>().ToList();
            var columns = rows.SelectMany(row => row.Select(member => member.Key)).Distinct();
            tables.WriteTable(rows, [.. columns.Select(column => (column.ToUpperInvariant(), (Func<JsonObject, string>)(row => Show(row[column]))))]);
        }
    }

    private static string Show(JsonNode? value) => value switch
    {
        null => "",
        JsonObject members => string.Join('\n', members.Select(member => $"{member.Key}: {Show(member.Value)}")),
        _ => value.ToString(),
    };
}
