using System.Diagnostics.CodeAnalysis;

namespace Keylime.Protocol;

/// <summary>Name of an agent: 1 to 80 characters out of <c>A-Z a-z 0-9 _ . -</c>.</summary>
/// <remarks>Keylime allows <c>[\w.-]+</c>, not only UUIDs, and stores at most 80 characters. We keep to ASCII, so that an id has one
/// spelling in URIs, certificates and database keys; <c>.</c> and <c>..</c> are refused because URI normalisation removes them.</remarks>
public readonly record struct AgentId : IComparable<AgentId>
{
    /// <summary>Longest id, in characters.</summary>
    public const int MaxLength = 80;

    private readonly string? _value;

    private AgentId(string value) => _value = value;

    /// <summary>The id as text. The default value of this type has none, and throws.</summary>
    public string Value => _value ?? throw new InvalidOperationException("An AgentId that was never parsed has no value.");

    /// <summary>Reads an id; false for anything outside the alphabet or the length.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out AgentId id)
    {
        id = default;
        if (text is null || text.Length is 0 or > MaxLength || text is "." or "..") return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-')) return false;
        id = new(text);
        return true;
    }

    /// <summary>Reads an id that is known to be good.</summary>
    /// <exception cref="FormatException">The text is not an agent id.</exception>
    public static AgentId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException("Not an agent id: 1 to 80 characters out of A-Z a-z 0-9 _ . -");

    /// <inheritdoc/>
    public int CompareTo(AgentId other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";
}
