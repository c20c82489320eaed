using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Keylime.Protocol;
using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Takes the minor version out of the path: <c>/v2.3/agents</c> and <c>/v2/agents</c> both reach the route <c>/v2/agents</c>.</summary>
internal static class ApiVersionPath
{
    /// <summary>Splits the first segment off, when it is a version.</summary>
    /// <param name="path">The request's path.</param>
    /// <param name="segment">The version as written, with its <c>v</c>.</param>
    /// <param name="rest">What follows, with its slash.</param>
    public static bool TrySplit(string path, [NotNullWhen(true)] out string? segment, [NotNullWhen(true)] out string? rest)
    {
        segment = rest = null;
        // Routes match without regard to case, so V is a version too.
        if (path is not ['/', 'v' or 'V', >= '0' and <= '9', ..]) return false;
        var end = path.IndexOf('/', 1);
        if (end < 0) end = path.Length;
        (segment, rest) = (path[1..end], path[end..]);
        return true;
    }

    /// <summary>Reads <c>v2.3</c>, or <c>v2</c> for the newest of its major version.</summary>
    public static bool TryParse(string segment, IReadOnlyList<ApiVersion> supported, out ApiVersion version)
    {
        var text = segment.AsSpan(1);
        if (ApiVersion.TryParse(text, out version)) return supported.Contains(version);
        if (text.Contains('\0') || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var major) || text is ['0', _, ..]) return false;
        foreach (var candidate in supported)
            if (candidate.Major == major) version = candidate;
        return version.Major == major && version != default;
    }
}

/// <summary>Access to the API version of a request.</summary>
public static class ApiVersionExtensions
{
    /// <summary>The version in the path; the current one where the path has none.</summary>
    public static ApiVersion GetApiVersion(this HttpContext context) => context.Features.Get<Requested>()?.Version ?? ApiVersion.Current;

    internal static void SetApiVersion(this HttpContext context, ApiVersion version) => context.Features.Set(new Requested(version));

    private sealed record Requested(ApiVersion Version);
}
