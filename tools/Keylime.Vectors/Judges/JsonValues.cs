using System.Globalization;
using System.Text.Json;

namespace Keylime.Vectors.Judges;

/// <summary>Members of cases, in the encodings that the tree uses. What is not there, or is not so encoded, is a fault of the vector, and names the member.</summary>
internal static class JsonValues
{
    public static JsonElement Member(this JsonElement parent, string member) =>
        parent.Find(member) ?? throw new VectorFormatException($"{member} is missing");

    public static JsonElement? Find(this JsonElement parent, string member) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(member, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;

    public static string Text(this JsonElement parent, string member) =>
        parent.Member(member) is { ValueKind: JsonValueKind.String } text ? text.ToText(member) : throw new VectorFormatException($"{member} is not a text");

    public static string? FindText(this JsonElement parent, string member) =>
        parent.Find(member) is { ValueKind: JsonValueKind.String } text ? text.ToText(member) : null;

    public static long Number(this JsonElement parent, string member) =>
        parent.Member(member) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : throw new VectorFormatException($"{member} is not a whole number");

    public static bool Flag(this JsonElement parent, string member) =>
        parent.Member(member) is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag ? flag.GetBoolean() : throw new VectorFormatException($"{member} is not true or false");

    public static byte[] Bytes(this JsonElement parent, string member)
    {
        try
        {
            return Convert.FromBase64String(parent.Text(member));
        }
        catch (FormatException)
        {
            throw new VectorFormatException($"{member} is not base64");
        }
    }

    public static byte[] Hex(this JsonElement parent, string member)
    {
        try
        {
            return Convert.FromHexString(parent.Text(member));
        }
        catch (FormatException)
        {
            throw new VectorFormatException($"{member} is not hex");
        }
    }

    public static IEnumerable<JsonElement> Items(this JsonElement parent, string member) => parent.Member(member).AsList(member);

    public static IEnumerable<JsonProperty> Members(this JsonElement parent, string member) => parent.Member(member).AsObject(member);

    public static IEnumerable<JsonElement> AsList(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : throw new VectorFormatException($"{name} is not a list");

    public static IEnumerable<JsonProperty> AsObject(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : throw new VectorFormatException($"{name} is not an object");

    public static IEnumerable<string> Texts(this JsonElement parent, string member) => parent.Items(member).Texts(member);

    public static IEnumerable<string> Texts(this IEnumerable<JsonElement> items, string member) =>
        items.Select(item => item.ValueKind == JsonValueKind.String ? item.ToText(member) : throw new VectorFormatException($"{member} holds something that is not a text"));

    public static IEnumerable<int> Numbers(this JsonElement parent, string member) =>
        parent.Items(member).Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var value) ? value : throw new VectorFormatException($"{member} holds something that is not a number"));

    /// <summary>A number that is a member's name.</summary>
    public static int ToNumber(this string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new VectorFormatException($"{name} is not a number");

    private static string ToText(this JsonElement text, string member)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new VectorFormatException($"{member} holds a text that is not Unicode"); // The JSON reader's word for half a surrogate pair.
        }
    }
}
