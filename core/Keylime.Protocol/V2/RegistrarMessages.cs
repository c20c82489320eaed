using System.Text.Json.Serialization;

namespace Keylime.Protocol.V2;

/// <summary><c>POST /agents/:id</c> at the registrar. Binary members are text: base64, or hex with or without <c>0x</c>.</summary>
public sealed record RegisterAgentRequest
{
    /// <summary>TPM2B_PUBLIC of the endorsement key.</summary>
    [JsonPropertyName("ek_tpm")] public string? EkTpm { get; init; }
    /// <summary>TPM2B_PUBLIC of the attestation key.</summary>
    [JsonPropertyName("aik_tpm")] public string? AikTpm { get; init; }
    /// <summary>EK certificate: PEM (a chain is possible, the EK certificate first) or base64 DER.</summary>
    [JsonPropertyName("ekcert")] public string? EkCert { get; init; }
    [JsonPropertyName("iak_tpm")] public string? IakTpm { get; init; }
    [JsonPropertyName("idevid_tpm")] public string? IdevidTpm { get; init; }
    [JsonPropertyName("iak_cert")] public string? IakCert { get; init; }
    [JsonPropertyName("idevid_cert")] public string? IdevidCert { get; init; }
    /// <summary>TPMS_ATTEST: certification of the AK by the IAK.</summary>
    [JsonPropertyName("iak_attest")] public string? IakAttest { get; init; }
    /// <summary>TPMT_SIGNATURE over <see cref="IakAttest"/>.</summary>
    [JsonPropertyName("iak_sign")] public string? IakSign { get; init; }
    [JsonPropertyName("ip")] public string? Ip { get; init; }
    [JsonPropertyName("port")] public int? Port { get; init; }
    /// <summary>PEM of the agent's TLS certificate, or <c>disabled</c>.</summary>
    [JsonPropertyName("mtls_cert")] public string? MtlsCert { get; init; }
    /// <summary>Only for <c>POST /agents</c>, where the path has no id.</summary>
    [JsonPropertyName("agent_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? AgentId { get; init; }
}

/// <summary>The challenge: base64 of the credential blob (magic 0xBADCC0DE, version 1, TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET).</summary>
public sealed record RegisterAgentResponse([property: JsonPropertyName("blob")] string Blob);

/// <summary><c>PUT /agents/:id</c> at the registrar.</summary>
/// <param name="AuthTag">Lower-case hex of HMAC-SHA384(base64 text of the challenge, agent id): 96 characters.</param>
public sealed record ActivateAgentRequest([property: JsonPropertyName("auth_tag")] string? AuthTag);

/// <summary><c>GET /agents/:id</c> at the registrar.</summary>
public sealed record RegistrarAgentResponse
{
    [JsonPropertyName("agent_id")] public string? AgentId { get; init; }
    [JsonPropertyName("ek_tpm")] public string? EkTpm { get; init; }
    [JsonPropertyName("aik_tpm")] public string? AikTpm { get; init; }
    /// <summary>Base64 DER, or null.</summary>
    [JsonPropertyName("ekcert")] public string? EkCert { get; init; }
    [JsonPropertyName("mtls_cert")] public string? MtlsCert { get; init; }
    [JsonPropertyName("ip")] public string? Ip { get; init; }
    [JsonPropertyName("port")] public int? Port { get; init; }
    /// <summary>How often the TPM identity was registered or changed.</summary>
    [JsonPropertyName("regcount")] public int Regcount { get; init; }
}

/// <summary><c>GET /agents</c> at the registrar.</summary>
public sealed record RegistrarAgentListResponse([property: JsonPropertyName("uuids")] IReadOnlyList<string> Uuids);
