using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Keylime.Attestation.Policies;

/// <summary>Digests in policies.</summary>
internal static class Digests
{
    /// <summary>A PCR value or file digest of SHA-1, SHA-256, SHA-384 or SHA-512.</summary>
    public static bool TryParseHex([NotNullWhen(true)] string? hex, [NotNullWhen(true)] out byte[]? digest)
    {
        digest = null;
        if (hex is not { Length: 40 or 64 or 96 or 128 }) return false;
        var bytes = new byte[hex.Length / 2];
        if (Convert.FromHexString(hex, bytes, out _, out _) != OperationStatus.Done) return false;
        digest = bytes;
        return true;
    }
}
