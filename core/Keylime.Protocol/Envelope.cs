using System.Text.Json.Serialization;

namespace Keylime.Protocol;

/// <summary>The frame of every v2 answer. All three members are always sent: Rust clients refuse an answer that lacks one.</summary>
/// <param name="Code">The HTTP status, repeated.</param>
/// <param name="Status"><c>Success</c>, or the message of an error.</param>
/// <param name="Results">An object, never null; <see cref="Nothing"/> when there is nothing to say.</param>
public sealed record Envelope<T>(
    [property: JsonPropertyName("code")] int Code,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("results")] T Results);

/// <summary>The empty object <c>{}</c>.</summary>
public sealed record Nothing;
