using System.Globalization;

namespace Keylime.Protocol;

/// <summary>A REST API version, <c>major.minor</c>.</summary>
public readonly record struct ApiVersion(int Major, int Minor) : IComparable<ApiVersion>
{
    /// <summary>The version that we speak by default.</summary>
    public static ApiVersion Current { get; } = new(2, 6);

    /// <summary>Versions that registrar and verifier answer to, lowest first.</summary>
    public static IReadOnlyList<ApiVersion> Supported { get; } =
        [new(1, 0), new(2, 0), new(2, 1), new(2, 2), new(2, 3), new(2, 4), new(2, 5), new(2, 6), new(3, 0)];

    /// <summary>Versions that the pull agent serves, lowest first.</summary>
    public static IReadOnlyList<ApiVersion> AgentSupported { get; } = [new(2, 1), new(2, 2), new(2, 3), new(2, 4), new(2, 5), new(2, 6)];

    /// <summary>Reads <c>2.6</c>; signs, spaces and leading zeros are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ApiVersion version)
    {
        version = default;
        var dot = text.IndexOf('.');
        if (dot < 1 || !TryNumber(text[..dot], out var major) || !TryNumber(text[(dot + 1)..], out var minor)) return false;
        version = new(major, minor);
        return true;
    }

    /// <summary>The highest version on both lists; null when there is none.</summary>
    public static ApiVersion? Negotiate(IEnumerable<ApiVersion> ours, IEnumerable<ApiVersion> theirs)
    {
        ApiVersion? best = null;
        var known = theirs.ToHashSet();
        foreach (var version in ours)
            if (known.Contains(version) && (best is null || version.CompareTo(best.Value) > 0)) best = version;
        return best;
    }

    /// <inheritdoc/>
    public int CompareTo(ApiVersion other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");

    private static bool TryNumber(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        // .NET's own parser passes over zero bytes at the end.
        return text.Length is > 0 and <= 3 && (text.Length == 1 || text[0] != '0') && !text.ContainsAnyExceptInRange('0', '9')
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
