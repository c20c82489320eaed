using System.Text.Json;

namespace Keylime.Attestation;

/// <summary>Names that occur twice in one object. Parsers differ on which of the two counts, so a text that has one means different things to different readers.</summary>
internal static class RepeatedNames
{
    /// <summary>JSON path of the first one, at any depth; null when there is none.</summary>
    /// <param name="element">The document; its depth is bounded by the JSON reader.</param>
    /// <param name="path">Its own path.</param>
    /// <exception cref="InvalidOperationException">A name is not Unicode.</exception>
    public static string? Find(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in element.EnumerateArray())
                if (Find(item, $"{path}[{index++}]") is { } found) return found;
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in element.EnumerateObject())
            {
                var memberPath = IsPlain(member.Name) ? $"{path}.{member.Name}" : $"{path}['{DisplayText.Of(member.Name)}']";
                if (!names.Add(member.Name)) return memberPath;
                if (Find(member.Value, memberPath) is { } found) return found;
            }
        }
        return null;
    }

    private static bool IsPlain(string name) => name is { Length: > 0 and <= 64 } && name.All(letter => char.IsAsciiLetter(letter) || letter == '_');
}
