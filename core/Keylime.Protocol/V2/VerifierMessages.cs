using System.Text.Json.Serialization;

namespace Keylime.Protocol.V2;

/// <summary><c>POST /agents/:id</c> at the verifier. Members that Keylime requires to be present are checked by the verifier, so that a missing one and a
/// null can be told apart there; here all may be null.</summary>
public sealed record AddAgentRequest
{
    /// <summary>The verifier's share of the payload key: base64 of 16 or 32 bytes.</summary>
    [JsonPropertyName("v")] public string? V { get; init; }
    [JsonPropertyName("cloudagent_ip")] public string? CloudagentIp { get; init; }
    // Ports may come as text: clients pass on what stands in their configuration.
    [JsonPropertyName("cloudagent_port"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] public int? CloudagentPort { get; init; }
    /// <summary>Address that tenants reach the verifier by; echoed in the status.</summary>
    [JsonPropertyName("verifier_ip")] public string? VerifierIp { get; init; }
    [JsonPropertyName("verifier_port"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] public int? VerifierPort { get; init; }
    /// <summary>JSON object as text: PCR number to list of hex digests, and <c>mask</c>.</summary>
    [JsonPropertyName("tpm_policy")] public string? TpmPolicy { get; init; }
    /// <summary>Base64 of the policy JSON or of its DSSE envelope; empty for none.</summary>
    [JsonPropertyName("runtime_policy")] public string? RuntimePolicy { get; init; }
    [JsonPropertyName("runtime_policy_name")] public string? RuntimePolicyName { get; init; }
    [JsonPropertyName("runtime_policy_key")] public string? RuntimePolicyKey { get; init; }
    /// <summary>JSON text of the measured-boot reference state.</summary>
    [JsonPropertyName("mb_policy")] public string? MbPolicy { get; init; }
    [JsonPropertyName("mb_policy_name")] public string? MbPolicyName { get; init; }
    [JsonPropertyName("ima_sign_verification_keys")] public string? ImaSignVerificationKeys { get; init; }
    /// <summary>JSON object as text.</summary>
    [JsonPropertyName("metadata")] public string? Metadata { get; init; }
    /// <summary>PEM private key that signs revocation messages, or empty.</summary>
    [JsonPropertyName("revocation_key")] public string? RevocationKey { get; init; }
    [JsonPropertyName("accept_tpm_hash_algs")] public IReadOnlyList<string>? AcceptTpmHashAlgs { get; init; }
    [JsonPropertyName("accept_tpm_encryption_algs")] public IReadOnlyList<string>? AcceptTpmEncryptionAlgs { get; init; }
    [JsonPropertyName("accept_tpm_signing_algs")] public IReadOnlyList<string>? AcceptTpmSigningAlgs { get; init; }
    /// <summary>Base64 TPM2B_PUBLIC.</summary>
    [JsonPropertyName("ak_tpm")] public string? AkTpm { get; init; }
    [JsonPropertyName("mtls_cert")] public string? MtlsCert { get; init; }
    [JsonPropertyName("supported_version")] public string? SupportedVersion { get; init; }
}

/// <summary><c>GET /agents/:id</c> at the verifier. The last five members are ours; Keylime's clients ignore them.</summary>
public sealed record VerifierAgentResponse
{
    /// <summary>Number of an <see cref="Protocol.OperationalState"/>.</summary>
    [JsonPropertyName("operational_state")] public int? OperationalState { get; init; }
    [JsonPropertyName("v")] public string? V { get; init; }
    [JsonPropertyName("ip")] public string? Ip { get; init; }
    [JsonPropertyName("port")] public int? Port { get; init; }
    [JsonPropertyName("tpm_policy")] public string? TpmPolicy { get; init; }
    [JsonPropertyName("meta_data")] public string? MetaData { get; init; }
    [JsonPropertyName("has_mb_refstate")] public int HasMbRefstate { get; init; }
    [JsonPropertyName("has_runtime_policy")] public int HasRuntimePolicy { get; init; }
    [JsonPropertyName("accept_tpm_hash_algs")] public IReadOnlyList<string>? AcceptTpmHashAlgs { get; init; }
    [JsonPropertyName("accept_tpm_encryption_algs")] public IReadOnlyList<string>? AcceptTpmEncryptionAlgs { get; init; }
    [JsonPropertyName("accept_tpm_signing_algs")] public IReadOnlyList<string>? AcceptTpmSigningAlgs { get; init; }
    [JsonPropertyName("hash_alg")] public string? HashAlg { get; init; }
    [JsonPropertyName("enc_alg")] public string? EncAlg { get; init; }
    [JsonPropertyName("sign_alg")] public string? SignAlg { get; init; }
    [JsonPropertyName("verifier_id")] public string? VerifierId { get; init; }
    [JsonPropertyName("verifier_ip")] public string? VerifierIp { get; init; }
    [JsonPropertyName("verifier_port")] public int? VerifierPort { get; init; }
    [JsonPropertyName("severity_level")] public int? SeverityLevel { get; init; }
    [JsonPropertyName("last_event_id")] public string? LastEventId { get; init; }
    [JsonPropertyName("attestation_count")] public long AttestationCount { get; init; }
    /// <summary>Unix seconds, 0 = never.</summary>
    [JsonPropertyName("last_received_quote")] public long LastReceivedQuote { get; init; }
    /// <summary>Unix seconds, 0 = never.</summary>
    [JsonPropertyName("last_successful_attestation")] public long LastSuccessfulAttestation { get; init; }
    /// <summary><c>PASS</c>, <c>FAIL</c>, <c>PENDING</c> or <c>TIMEOUT</c>.</summary>
    [JsonPropertyName("attestation_status")] public string? AttestationStatus { get; init; }
    /// <summary>Text such as <c>2s</c>.</summary>
    [JsonPropertyName("attestation_period")] public string? AttestationPeriod { get; init; }
    /// <summary>Text such as <c>10s</c>.</summary>
    [JsonPropertyName("maximum_attestation_interval")] public string? MaximumAttestationInterval { get; init; }

    /// <summary>Ours: seconds between two quotes of late, smoothed; null before it is known. Above <see cref="AttestationPeriod"/> where the verifier does not keep up.</summary>
    [JsonPropertyName("effective_interval")] public double? EffectiveInterval { get; init; }
    /// <summary>Ours: what to think of the agent now, judged on the database's clock. One of <see cref="Protocol.TrustState"/>'s words.</summary>
    [JsonPropertyName("trust_state")] public string? TrustState { get; init; }
    /// <summary>Ours: what of the machine is judged, in <see cref="Protocol.Judged"/>'s words. Nothing: the quote is verified, and whatever it says is taken. Null: not told.</summary>
    [JsonPropertyName("judged")] public IReadOnlyList<string>? Judged { get; init; }
    /// <summary>Ours: id of the verifier that owns the agent's shard; null when none does.</summary>
    [JsonPropertyName("owner")] public string? Owner { get; init; }
    /// <summary>Ours: why the agent is failed or stale, or pending for long, for people; null while it is attested.</summary>
    [JsonPropertyName("reason")] public string? Reason { get; init; }
}

/// <summary><c>GET /agents</c> at the verifier. Each id stands in a list of its own: Keylime's wire form.</summary>
public sealed record VerifierAgentListResponse([property: JsonPropertyName("uuids")] IReadOnlyList<IReadOnlyList<string>> Uuids);

/// <summary><c>POST</c> and <c>PUT /allowlists/:name</c>.</summary>
public sealed record RuntimePolicyRequest
{
    [JsonPropertyName("tpm_policy")] public string? TpmPolicy { get; init; }
    /// <summary>Base64 of the policy JSON or of its DSSE envelope.</summary>
    [JsonPropertyName("runtime_policy")] public string? RuntimePolicy { get; init; }
    [JsonPropertyName("runtime_policy_key")] public string? RuntimePolicyKey { get; init; }
}

/// <summary><c>GET /allowlists/:name</c>. <c>tmp_policy</c> is upstream's spelling and always null.</summary>
public sealed record RuntimePolicyResponse(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("tmp_policy")] string? TmpPolicy,
    [property: JsonPropertyName("runtime_policy")] string RuntimePolicy);

/// <summary><c>GET /allowlists</c>. The blank in the member's name is upstream's.</summary>
public sealed record RuntimePolicyListResponse([property: JsonPropertyName("runtimepolicy names")] IReadOnlyList<string> Names);

/// <summary><c>POST</c> and <c>PUT /mbpolicies/:name</c>.</summary>
public sealed record MeasuredBootPolicyRequest([property: JsonPropertyName("mb_policy")] string? MbPolicy);

/// <summary><c>GET /mbpolicies/:name</c>.</summary>
public sealed record MeasuredBootPolicyResponse(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("mb_policy")] string MbPolicy);

/// <summary><c>GET /mbpolicies</c>. The blank in the member's name is upstream's.</summary>
public sealed record MeasuredBootPolicyListResponse([property: JsonPropertyName("mbpolicy names")] IReadOnlyList<string> Names);
