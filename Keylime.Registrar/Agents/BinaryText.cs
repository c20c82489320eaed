namespace Keylime.Registrar.Agents;

/// <summary>Binary members of a registration: base64, or hex with or without <c>0x</c>.</summary>
internal static class BinaryText
{
    /// <summary>Longest text that is looked at; the largest certificates have a few KiB.</summary>
    public const int MaxLength = 64 * 1024;

    public static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length is 0 or > MaxLength) return false;
        // Hex digits are base64 letters too. Upstream looks for hex first.
        var hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text;
        if (hex.Length > 0 && hex.Length % 2 == 0 && !hex.ContainsAnyExcept(HexDigits))
        {
            bytes = Convert.FromHexString(hex);
            return true;
        }
        var buffer = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, buffer, out var length) || length == 0) return false;
        bytes = buffer[..length];
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}
