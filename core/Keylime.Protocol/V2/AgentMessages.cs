using System.Text.Json.Serialization;

namespace Keylime.Protocol.V2;

/// <summary><c>GET /quotes/identity</c> and <c>/quotes/integrity</c> of an agent. Absent members are left out, never null.</summary>
public sealed record QuoteResponse
{
    /// <summary><c>r</c> + base64(TPMS_ATTEST) + <c>:</c> + base64(TPMT_SIGNATURE) + <c>:</c> + base64(PCR blob).</summary>
    [JsonPropertyName("quote")] public string? Quote { get; init; }
    [JsonPropertyName("hash_alg")] public string? HashAlg { get; init; }
    [JsonPropertyName("enc_alg")] public string? EncAlg { get; init; }
    [JsonPropertyName("sign_alg")] public string? SignAlg { get; init; }
    /// <summary>PEM of the payload key; its text is what PCR 16 binds.</summary>
    [JsonPropertyName("pubkey"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Pubkey { get; init; }
    [JsonPropertyName("ima_measurement_list"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ImaMeasurementList { get; init; }
    /// <summary>0-based number of the first entry of <see cref="ImaMeasurementList"/>.</summary>
    [JsonPropertyName("ima_measurement_list_entry"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? ImaMeasurementListEntry { get; init; }
    /// <summary>Base64 of the binary boot event log.</summary>
    [JsonPropertyName("mb_measurement_list"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? MbMeasurementList { get; init; }
    /// <summary>Unix seconds; the Rust agent never sends it.</summary>
    [JsonPropertyName("boottime"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? Boottime { get; init; }
}

/// <summary><c>GET /keys/pubkey</c>.</summary>
public sealed record PublicKeyResponse([property: JsonPropertyName("pubkey")] string Pubkey);

/// <summary><c>GET /keys/verify</c>: hex HMAC-SHA384(K, challenge).</summary>
public sealed record VerifyKeyResponse([property: JsonPropertyName("hmac")] string Hmac);

/// <summary><c>POST /keys/ukey</c>: U under the payload key (RSA-OAEP, SHA-1), hex HMAC-SHA384(K, agent id), and the payload.</summary>
public sealed record UKeyRequest(
    [property: JsonPropertyName("auth_tag")] string? AuthTag,
    [property: JsonPropertyName("encrypted_key")] string? EncryptedKey,
    [property: JsonPropertyName("payload")] string? Payload);

/// <summary><c>POST /keys/vkey</c>: V under the payload key (RSA-OAEP, SHA-1).</summary>
public sealed record VKeyRequest([property: JsonPropertyName("encrypted_key")] string? EncryptedKey);

/// <summary><c>GET /agent/info</c>.</summary>
public sealed record AgentInfoResponse(
    [property: JsonPropertyName("agent_uuid")] string AgentUuid,
    [property: JsonPropertyName("tpm_hash_alg")] string TpmHashAlg,
    [property: JsonPropertyName("tpm_enc_alg")] string TpmEncAlg,
    [property: JsonPropertyName("tpm_sign_alg")] string TpmSignAlg,
    [property: JsonPropertyName("ak_handle")] uint AkHandle);

/// <summary><c>POST /notifications/revocation</c>.</summary>
public sealed record RevocationNotification(
    [property: JsonPropertyName("msg")] string? Msg,
    [property: JsonPropertyName("signature")] string? Signature);
