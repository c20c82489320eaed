using System.Diagnostics.CodeAnalysis;
using Keylime.Agent.Identity;
using Keylime.Protocol;
using Keylime.Protocol.Payloads;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Agent.Payload;

/// <summary><c>/keys</c>: the payload key's public half, its two shares, and the proof that they fitted.</summary>
internal static class KeyEndpoints
{
    /// <summary>Bodies, payload included: what the Rust agent takes.</summary>
    private const int MaxBodyBytes = 2 << 20;

    /// <summary>Hex digits of an HMAC-SHA384.</summary>
    private const int AuthTagLength = 96;

    public static void MapKeys(this IEndpointRouteBuilder api)
    {
        api.MapGet("/keys/pubkey", GetPublicKey).WithName("PublicKey");
        api.MapGet("/keys/verify", Verify).WithName("VerifyKey");
        api.MapPost("/keys/ukey", AddTenantShareAsync).WithName("AddTenantShare");
        api.MapPost("/keys/vkey", AddVerifierShareAsync).WithName("AddVerifierShare");
    }

    private static IResult GetPublicKey(AgentIdentity identity) => Answers.Ok(new PublicKeyResponse(identity.PayloadKey.PublicPem));

    private static IResult Verify(HttpContext context, PayloadShares shares)
    {
        if (!new RequestQuery(context.Request.QueryString).TryGet("challenge", out var challenge, out var error)) return BadRequest(error);
        if (challenge.Length == 0) return BadRequest("No challenge provided.");
        if (!challenge.All(char.IsAsciiLetterOrDigit)) return BadRequest($"Parameters should be strictly alphanumeric: {challenge}");
        return shares.Key is { } key
            ? Answers.Ok(new VerifyKeyResponse(KeyShares.Prove(key, challenge)))
            : BadRequest("Bootstrap key not yet available.");
    }

    private static async Task<IResult> AddTenantShareAsync(HttpContext context, AgentIdentity identity, PayloadShares shares, PayloadLoop payloads)
    {
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.UKeyRequest, MaxBodyBytes);
        if (!body.IsGood) return body.Refusal;
        var request = body.Body.Value;
        if (!TryDecryptShare(request.EncryptedKey, identity.PayloadKey, out var u, out var error)) return BadRequest(error);
        if (!TryReadTag(request.AuthTag, out var tag, out error)) return BadRequest(error);
        byte[]? ciphertext = null;
        if (request.Payload is not null && !Base64Text.TryDecode(request.Payload, out ciphertext)) return BadRequest("Invalid base64 encoding in payload");
        if (shares.Add(new TenantShare(u, tag, ciphertext)) is { } recovered) payloads.Accept(recovered);
        return Answers.Ok();
    }

    private static async Task<IResult> AddVerifierShareAsync(HttpContext context, AgentIdentity identity, PayloadShares shares, PayloadLoop payloads)
    {
        var body = await JsonBody.ReadAsync(context, KeylimeJson.Default.VKeyRequest, MaxBodyBytes);
        if (!body.IsGood) return body.Refusal;
        if (!TryDecryptShare(body.Body.Value.EncryptedKey, identity.PayloadKey, out var v, out var error)) return BadRequest(error);
        if (shares.Add(v) is { } recovered) payloads.Accept(recovered);
        return Answers.Ok();
    }

    private static bool TryDecryptShare(string? text, PayloadKey key, [NotNullWhen(true)] out byte[]? share, [NotNullWhen(false)] out string? error)
    {
        share = null;
        if (text is null) error = "Json deserialize error: missing field `encrypted_key`";
        else if (!Base64Text.TryDecode(text, out var ciphertext)) error = "Invalid base64 encoding in encrypted_key";
        else if (!key.TryDecrypt(ciphertext, out var plaintext)) error = "Failed to decrypt encrypted_key";
        // AES-128 or AES-256
        else if (plaintext.Length is not (16 or 32)) error = $"Invalid decrypted key: invalid AES key size: {plaintext.Length}";
        else (share, error) = (plaintext, null);
        return share is not null;
    }

    private static bool TryReadTag(string? text, [NotNullWhen(true)] out string? tag, [NotNullWhen(false)] out string? error)
    {
        tag = null;
        if (text is null) error = "Json deserialize error: missing field `auth_tag`";
        else if (!text.All(char.IsAsciiHexDigit)) error = "Invalid hex encoding in auth_tag";
        else if (text.Length != AuthTagLength) error = $"auth tag of {text.Length} hex digits does not correspond to valid SHA-384 HMAC";
        else (tag, error) = (text.ToLowerInvariant(), null);
        return tag is not null;
    }

    private static IResult BadRequest(string error) => Answers.Error(StatusCodes.Status400BadRequest, error);
}
