using System.Diagnostics.CodeAnalysis;

namespace Keylime.FleetSimulator.Payload;

/// <summary>A half of the payload key as it is sent: base64 of a ciphertext under the payload key.</summary>
internal static class PayloadShare
{
    public static bool TryOpen(string? text, PayloadKey key, [NotNullWhen(true)] out byte[]? share, [NotNullWhen(false)] out string? error)
    {
        share = null;
        if (text is null) error = "Json deserialize error: missing field `encrypted_key`";
        else if (!TryDecode(text, out var ciphertext)) error = "Invalid base64 encoding in encrypted_key";
        else if (key.Decrypt(ciphertext) is not { } opened) error = "Failed to decrypt encrypted_key";
        // AES-128 or AES-256
        else if (opened.Length is not (16 or 32)) error = $"Invalid decrypted key: invalid AES key size: {opened.Length}";
        else (share, error) = (opened, null);
        return share is not null;
    }

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return false;
        bytes = bytes[..length];
        return true;
    }
}
