using System.Text;

namespace Keylime.Attestation.Ima.DeviceMapper;

/// <summary>The notation of the device mapper's measurements: <c>name=value</c> fields, joined by commas to groups, each ended by a semicolon. Separators
/// inside a value are escaped by a backslash.</summary>
internal static class DeviceMapperText
{
    private const int MaxFields = 4096;

    private static readonly string[] Labels = ["device_active_metadata=", "device_inactive_metadata="];

    public static bool TrySplit(string text, out List<Group> groups, out string? fault)
    {
        groups = [];
        fault = null;
        var fields = new List<(string Name, string Value)>();
        var count = 0;
        for (var at = 0; at < text.Length;)
        {
            // A label before a group's first field: it tells which of a device's tables is meant.
            foreach (var label in Labels)
                if (fields.Count == 0 && text.AsSpan(at).StartsWith(label)) at += label.Length;
            if (++count > MaxFields || !TryReadField(text, ref at, out var field, out var isLast))
            {
                fault = $"is malformed at character {at}";
                return false;
            }
            fields.Add(field);
            if (!isLast) continue;
            groups.Add(new([.. fields]));
            fields.Clear();
        }
        if (fields.Count > 0 || groups.Count == 0) fault = "ends inside a group";
        return fault is null;
    }

    /// <summary>Reads <c>name=value</c> and the separator after it.</summary>
    private static bool TryReadField(string text, ref int at, out (string Name, string Value) field, out bool isLast)
    {
        (field, isLast) = (default, false);
        var nameLength = text.AsSpan(at).IndexOfAnyExcept(NameCharacters);
        if (nameLength <= 0 || text[at + nameLength] != '=') return false;
        var name = text.Substring(at, nameLength);
        at += nameLength + 1;
        var value = new StringBuilder();
        for (; at < text.Length && text[at] is not (',' or ';'); at++)
        {
            if (text[at] == '=' || value.Length == DeviceMapperEvent.MaxValueLength) return false;
            if (text[at] == '\\' && ++at == text.Length) return false;
            value.Append(text[at]);
        }
        if (at == text.Length) return false;
        isLast = text[at++] == ';';
        field = (name, value.ToString());
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    internal readonly record struct Group(IReadOnlyList<(string Name, string Value)> Fields)
    {
        public IReadOnlyList<string> Names => [.. Fields.Select(member => member.Name)];

        /// <summary>Null when a name occurs twice.</summary>
        public Dictionary<string, string>? ToDictionary()
        {
            var dictionary = new Dictionary<string, string>(Fields.Count);
            foreach (var (name, value) in Fields)
                if (!dictionary.TryAdd(name, value)) return null;
            return dictionary;
        }
    }
}
