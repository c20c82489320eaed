namespace Keylime.Gateway.Routing;

/// <summary>A request's target in origin form, taken apart but not changed: what is judged here is what is forwarded, octet by octet.</summary>
/// <param name="Raw">Path and query as sent.</param>
/// <param name="Segments">The path's segments, percent-decoded once; a trailing slash is tolerated and adds none.</param>
internal sealed record RequestTarget(string Raw, IReadOnlyList<string> Segments)
{
    /// <summary>Reads a target. Null for those that two servers could read differently: dot segments (encoded or not), empty segments, backslashes, and
    /// anything that is no visible ASCII. No route of Keylime has one.</summary>
    public static RequestTarget? Parse(string raw)
    {
        if (raw is not ['/', ..] || raw.AsSpan().ContainsAnyExceptInRange('!', '~')) return null;
        var question = raw.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? raw : raw[..question];
        if (path.AsSpan().ContainsAny('\\', '#')) return null;
        var segments = path.TrimEnd('/') is { Length: > 0 } trimmed && path.Length - trimmed.Length <= 1
            ? trimmed[1..].Split('/').Select(Uri.UnescapeDataString).ToArray()
            : [];
        if (segments.Length == 0 && path != "/") return null;
        return segments.Any(segment => segment is "" or "." or "..") ? null : new(raw, segments);
    }
}
