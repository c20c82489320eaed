using System.Text.Json;

namespace Keylime.Vectors.Judges;

/// <summary>The list of a file with many cases. Each is judged by itself: one that is not in the format, or that a judged function cannot bear, is a difference,
/// and the next one is judged all the same.</summary>
internal static class JudgedCases
{
    /// <summary>Judges what has a name and a value.</summary>
    public static IEnumerable<Judgement> Each(IEnumerable<(string Id, JsonElement Vector)> cases, Func<string, JsonElement, IEnumerable<Judgement>> judge) =>
        cases.SelectMany(vector => Guarded(vector.Id, () => judge(vector.Id, vector.Vector)));

    /// <summary>Judges the records of a list; a record's id is its member <c>id</c>, or else its number.</summary>
    public static IEnumerable<Judgement> Each(VectorFile file, IEnumerable<JsonElement> cases, Func<string, JsonElement, IEnumerable<Judgement>> judge) =>
        Each(cases.Select((vector, number) => ($"{file.Path}#{vector.FindText("id") ?? $"{number}"}", vector)), judge);

    /// <summary>Judges the members of an object; a member's id is its name.</summary>
    public static IEnumerable<Judgement> Each(VectorFile file, IEnumerable<JsonProperty> cases, Func<string, JsonElement, IEnumerable<Judgement>> judge) =>
        Each(cases.Select(vector => ($"{file.Path}#{vector.Name}", vector.Value)), judge);

    public static IEnumerable<Judgement> Guarded(string id, Func<IEnumerable<Judgement>> judge)
    {
        var judgements = new List<Judgement>();
        try
        {
            judgements.AddRange(judge());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidDataException or VectorFormatException)
        {
            judgements.Add(new(Outcome.Different, id, $"cannot be read: {e.Message}"));
        }
        catch (InvalidOperationException e) when (e.Source?.StartsWith("System.Text.Json", StringComparison.Ordinal) == true)
        {
            judgements.Add(new(Outcome.Different, id, "cannot be read: it holds a text that is not Unicode"));
        }
        catch (Exception e)
        {
            // The judged functions throw at nothing that comes from outside. Where one does, that is the finding, and no reason to judge nothing else.
            judgements.Add(new(Outcome.Different, id, $"threw {e.GetType().Name}: {e.Message}"));
        }
        return judgements;
    }

    /// <summary>The verdict of a case: <c>expected</c> is true or false, or has a member of one of these names that is; null when it has none.</summary>
    public static bool? Verdict(JsonElement vector, params ReadOnlySpan<string> members)
    {
        if (vector.Find("expected") is not { } expected) return null;
        if (expected.ValueKind is JsonValueKind.True or JsonValueKind.False) return expected.GetBoolean();
        foreach (var member in members)
            if (expected.Find(member) is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag) return flag.GetBoolean();
        return null;
    }

    public const string NoVerdict = "the case gives no verdict";
}
