namespace Keylime.Sharding;

/// <summary>Names of failure zones (a rack, a site, a cloud's zone), and how an address carries one: <c>host:port@zone</c>.</summary>
/// <remarks>No host name, address or port has an <c>@</c>, and a URL's user name, which has, is no part of our addresses.</remarks>
public static class ZoneName
{
    /// <summary>What a zone may be called, in words for error messages.</summary>
    public const string Rule = "a zone has 1 to 64 letters, digits, dots, hyphens and underscores";

    private const int MaxLength = 64;

    /// <summary>Whether the text can name a zone. Names are compared as they are written.</summary>
    public static bool IsValid(string text) =>
        text.Length is > 0 and <= MaxLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>Reads an option that may be left empty: null for no zone.</summary>
    public static bool TryRead(string text, out string? zone)
    {
        zone = text.Trim() is { Length: > 0 } name ? name : null;
        return zone is null || IsValid(zone);
    }

    /// <summary>Takes the zone off an address; what stands before the <c>@</c> is not looked at.</summary>
    /// <param name="text">An address with or without a zone.</param>
    /// <param name="address">What stands before the <c>@</c>.</param>
    /// <param name="zone">The zone; null for none.</param>
    public static bool TrySplit(string text, out string address, out string? zone)
    {
        var at = text.LastIndexOf('@');
        (address, zone) = at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
        return zone is null || IsValid(zone);
    }
}
