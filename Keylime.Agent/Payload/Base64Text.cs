using System.Diagnostics.CodeAnalysis;

namespace Keylime.Agent.Payload;

/// <summary>Base64 from peers: no exception for what is none.</summary>
internal static class Base64Text
{
    public static bool TryDecode(string? text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text is null) return false;
        var buffer = new byte[text.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(text, buffer, out var length)) return false;
        bytes = buffer[..length];
        return true;
    }
}
