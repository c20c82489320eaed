using System.Runtime.InteropServices;
using System.Text.Json;

namespace Keylime.Fuzz.Mutation;

/// <summary>Changes that know JSON: a value becomes another, a member occurs twice or is gone, values nest.</summary>
internal static class JsonChanges
{
    private static readonly byte[][] Values =
    [
        .. new[]
        {
            "null", "true", "false", "0", "-1", "1e400", "2147483648", "9223372036854775808", "0.1", "[]", "{}", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "\"*\"", "[[]]", "{\"a\":1,\"a\":2}", "\"é\"",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    public static IReadOnlyList<Change> All { get; } = [ReplaceValue, SwapValues, RepeatMember, Nest, ReplaceByWord];

    private static void ReplaceValue(List<byte> input, MutationContext context) => Replace(input, context, _ => context.Any(Values));

    private static void ReplaceByWord(List<byte> input, MutationContext context)
    {
        if (context.Dictionary.Count > 0) Replace(input, context, _ => [(byte)'"', .. context.Any(context.Dictionary), (byte)'"']);
    }

    private static void Nest(List<byte> input, MutationContext context)
    {
        var depth = context.Random.Next(16) == 0 ? 200 : 1;
        Replace(input, context, value => [.. Enumerable.Repeat((byte)'[', depth), .. value, .. Enumerable.Repeat((byte)']', depth)]);
    }

    private static void SwapValues(List<byte> input, MutationContext context)
    {
        var values = FindValues(input);
        if (values.Count == 0) return;
        var (start, length) = context.Any(values);
        var other = input.GetRange(start, length);
        Replace(input, context, _ => [.. other]);
    }

    private static void RepeatMember(List<byte> input, MutationContext context)
    {
        var members = FindValues(input, JsonTokenType.PropertyName);
        if (members.Count == 0) return;
        var (start, length) = context.Any(members);
        byte[] member = [.. input.GetRange(start, length), (byte)':', .. context.Any(Values), (byte)','];
        input.InsertRange(start, member);
    }

    private static void Replace(List<byte> input, MutationContext context, Func<byte[], byte[]> by)
    {
        var values = FindValues(input);
        if (values.Count == 0) return;
        var (start, length) = context.Any(values);
        var old = input.GetRange(start, length).ToArray();
        input.RemoveRange(start, length);
        input.InsertRange(start, by(old));
    }

    /// <summary>Scalar values, and whole lists and objects; or the names of members. What is broken ends the search.</summary>
    private static List<(int Start, int Length)> FindValues(List<byte> input, JsonTokenType only = JsonTokenType.None)
    {
        var values = new List<(int, int)>();
        var open = new Stack<int>();
        var reader = new Utf8JsonReader(CollectionsMarshal.AsSpan(input));
        try
        {
            while (reader.Read())
            {
                var start = (int)reader.TokenStartIndex;
                var end = (int)reader.BytesConsumed;
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) open.Push(start);
                else if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject) Add(open.Pop(), end, JsonTokenType.None);
                // The colon belongs to the name's token.
                else if (reader.TokenType == JsonTokenType.PropertyName) Add(start, start + 2 + reader.ValueSpan.Length, reader.TokenType);
                else Add(start, end, JsonTokenType.None);
            }
        }
        catch (JsonException)
        {
            // Broken already: the values before the break can still be changed.
        }
        return values;

        void Add(int start, int end, JsonTokenType type)
        {
            if (type == only) values.Add((start, end - start));
        }
    }
}
