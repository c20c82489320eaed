using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Evidence;

/// <summary>Many cases in one process. A line is <c>{"verb":"ima appraise","id":"any","log":"FILE","pcr":"HEX",...}</c>: the verb's options by their names, lists for
/// options that may be repeated, true for those without a value. Its result is a line, too, and a line that cannot be read ends only itself.</summary>
internal sealed class EvidenceBatch(IReadOnlyDictionary<string, EvidenceVerb> verbs, TextWriter output)
{
    // A file's name may begin with @: it is not a list of further arguments.
    private static readonly ParserConfiguration NoResponseFiles = new() { ResponseFileTokenReplacer = null };
    private static readonly JsonDocumentOptions NoRepeatedNames = new() { AllowDuplicateProperties = false };

    /// <summary>The worst that happened: 6 when anything is not trusted, else 2 when anything cannot be read.</summary>
    public async Task<int> RunAsync(string path, CancellationToken ct)
    {
        var exitCode = ExitCodes.Done;
        var number = 0;
        using var file = InputFile.Open(path);
        var lines = new BatchLines(file);
        while (await lines.ReadAsync(ct) is { } line)
        {
            number++;
            if (!line.IsTooLong && line.Text.Span.Trim(" \t\r"u8).IsEmpty) continue;
            var head = new JsonObject { ["line"] = number };
            var result = await JudgeAsync(line, head, ct);
            head["exitCode"] = result.ExitCode;
            foreach (var (name, value) in result.ToJson()) head[name] = value?.DeepClone();
            output.WriteLine(EvidenceReport.ToLine(head));
            exitCode = Math.Max(exitCode, result.ExitCode);
        }
        return exitCode;
    }

    private async Task<EvidenceResult> JudgeAsync(BatchLine line, JsonObject head, CancellationToken ct)
    {
        if (line.IsTooLong) return EvidenceResult.CannotRead($"the line is longer than {BatchLines.MaxLineBytes} bytes");
        try
        {
            using var document = Parse(line.Text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return EvidenceResult.CannotRead("the line is not a JSON object");
            if (root.TryGetProperty("id", out var id)) head["id"] = JsonNode.Parse(id.GetRawText());
            if (!root.TryGetProperty("verb", out var name) || name.ValueKind != JsonValueKind.String || !verbs.TryGetValue(name.GetString()!, out var verb))
                return EvidenceResult.CannotRead($"verb: is none of {string.Join(", ", verbs.Keys)}");
            head["verb"] = name.GetString();
            var parsed = verb.Command.Parse(ReadArguments(root, verb.Command), NoResponseFiles);
            if (parsed.Errors.Count > 0) return EvidenceResult.CannotRead(string.Join("; ", parsed.Errors.Select(error => error.Message)));
            return await verb.RunAsync(parsed, ct);
        }
        catch (Exception e) when (EvidenceErrors.IsOfInput(e))
        {
            return EvidenceResult.CannotRead(e.Message);
        }
        // Whoever wrote this line must not take the verdicts of the others along by a defect of ours, which the answer owns up to.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return EvidenceResult.CannotRead($"a defect of this program, please report it: {e.GetType().Name}: {e.Message}");
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            // A document takes half a surrogate pair, or bytes that are not UTF-8, for text until somebody asks for it.
            var reader = new Utf8JsonReader(line.Span);
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String) reader.GetString();
            return JsonDocument.Parse(line, NoRepeatedNames);
        }
        catch (JsonException e)
        {
            throw new UserErrorException(e.BytePositionInLine is { } position ? $"the line is not JSON (byte {position})" : "a name occurs twice in the line", e);
        }
        catch (InvalidOperationException e)
        {
            throw new UserErrorException("the line holds a text that is not Unicode", e);
        }
    }

    private static List<string> ReadArguments(JsonElement root, Command command)
    {
        var arguments = new List<string>();
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name is "verb" or "id") continue;
            if (!command.Options.Any(option => option.Name == $"--{member.Name}")) throw new UserErrorException($"{member.Name}: is no option of this verb");
            JsonElement[] values = member.Value.ValueKind == JsonValueKind.Array ? [.. member.Value.EnumerateArray()] : [member.Value];
            foreach (var value in values) AddArgument(arguments, member.Name, value);
        }
        return arguments;
    }

    private static void AddArgument(List<string> arguments, string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String or JsonValueKind.Number:
                arguments.Add($"--{name}");
                arguments.Add(value.ToString());
                break;
            case JsonValueKind.True:
                arguments.Add($"--{name}");
                break;
            case JsonValueKind.False or JsonValueKind.Null:
                break;
            default:
                throw new UserErrorException($"{name}: is neither text, number, true, false nor a list of them");
        }
    }
}
