using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>A request's JSON object, and which members it has: a missing one and a null are not the same.</summary>
public sealed record JsonBody<T>(T Value, IReadOnlySet<string> Members)
{
    /// <summary>Whether the member is there, null or not.</summary>
    public bool Has(string member) => Members.Contains(member);
}

/// <summary>What reading a body gave: the body, or the answer to its defect.</summary>
public readonly record struct JsonReading<T>(JsonBody<T>? Body, IResult? Refusal)
{
    [MemberNotNullWhen(true, nameof(Body))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsGood => Body is not null;
}

/// <summary>Reads bodies.</summary>
public static class JsonBody
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    /// <summary>Reads the body whole, at most <paramref name="maxBytes"/> of it. Not JSON: 400 with a reason phrase; no object, or a member of the
    /// wrong type: 400 that names the member; too large: 413.</summary>
    public static async Task<JsonReading<T>> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int maxBytes)
    {
        if (context.Request.ContentLength > maxBytes) return TooLarge<T>(maxBytes);
        using var buffer = new MemoryStream(Math.Min((int)(context.Request.ContentLength ?? 4096), maxBytes));
        var block = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (int read; (read = await context.Request.Body.ReadAsync(block, context.RequestAborted)) > 0;)
            {
                if (buffer.Length + read > maxBytes) return TooLarge<T>(maxBytes);
                buffer.Write(block, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
        return Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), type);
    }

    /// <summary>Reads the body from memory.</summary>
    public static JsonReading<T> Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
    {
        var members = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            if (ListMembers(json, members) is { } refusal) return new(null, refusal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new(null, Answers.Malformed()); // InvalidOperationException: a name that is no Unicode text
        }
        try
        {
            return JsonSerializer.Deserialize(json, type) is { } value
                ? new(new(value, members), null)
                : Refuse<T>("Request body must be a JSON object");
        }
        catch (JsonException e)
        {
            // The text is well-formed by now, so it is the type of a value.
            return Refuse<T>($"Member '{MemberOf(e.Path)}' has the wrong type");
        }
    }

    private static IResult? ListMembers(ReadOnlySpan<byte> json, HashSet<string> members)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        reader.Read();
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        while (reader.Read())
        {
            if (!isObject || reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName) continue;
            // Two readers that pick different ones of two equal names can be played off against each other.
            if (!members.Add(reader.GetString()!)) return Answers.Error(StatusCodes.Status400BadRequest, $"Member '{Shown(reader.GetString()!)}' appears twice");
        }
        return isObject ? null : Answers.Error(StatusCodes.Status400BadRequest, "Request body must be a JSON object");
    }

    private static JsonReading<T> Refuse<T>(string message) => new(null, Answers.Error(StatusCodes.Status400BadRequest, message));

    private static JsonReading<T> TooLarge<T>(int maxBytes) =>
        new(null, Answers.Error(StatusCodes.Status413PayloadTooLarge, $"Request body is larger than {maxBytes} bytes"));

    private static string MemberOf(string? path) => Shown(path is ['$', '.', .. var member] ? member : path ?? "");

    private static string Shown(string member) => member.Length <= 64 ? member : member[..64] + "...";
}
