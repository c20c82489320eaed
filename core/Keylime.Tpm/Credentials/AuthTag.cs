using System.Security.Cryptography;
using System.Text;

namespace Keylime.Tpm.Credentials;

/// <summary>An agent's proof that its TPM activated the registrar's credential: an HMAC over the agent's id, keyed with the
/// secret.</summary>
/// <remarks>Keylime, activation. The key is the base64 <i>text</i> of the secret, on both sides; the tag is lower-case hex.</remarks>
public static class AuthTag
{
    /// <summary>The key as it is stored and used: base64 of the secret.</summary>
    public static string KeyFromSecret(ReadOnlySpan<byte> secret) => Convert.ToBase64String(secret);

    /// <summary>HMAC-SHA384 of the agent id in UTF-8, 96 hex digits.</summary>
    public static string Compute(string key, string agentId) =>
        Convert.ToHexStringLower(HMACSHA384.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(agentId)));

    /// <summary>Compares a tag in constant time; anything but the exact text is wrong.</summary>
    public static bool Verify(string key, string agentId, string? tag) =>
        tag is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Compute(key, agentId)), Encoding.UTF8.GetBytes(tag));
}
