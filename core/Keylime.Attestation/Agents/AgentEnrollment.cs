using Keylime.Protocol;

namespace Keylime.Attestation.Agents;

/// <summary>What the tenant said of an agent when it added it to the verifier. Immutable; a change is a deletion and a new enrolment.</summary>
public sealed record AgentEnrollment
{
    /// <summary>The agent.</summary>
    public required AgentId Id { get; init; }
    /// <summary>Its shard, a function of the id.</summary>
    public required int Shard { get; init; }
    /// <summary>Keylime's verifier id (configuration <c>uuid</c>) under which it was added; a filter for lists, not the owner.</summary>
    public required string VerifierId { get; init; }
    /// <summary>Contact address of the agent; null where it is not polled.</summary>
    public string? Ip { get; init; }
    /// <summary>Contact port of the agent.</summary>
    public int? Port { get; init; }
    /// <summary>Address that tenants reach the verifier by, echoed in the status.</summary>
    public string? VerifierIp { get; init; }
    /// <summary>Port that tenants reach the verifier by.</summary>
    public int? VerifierPort { get; init; }
    /// <summary>TPM2B_PUBLIC of the attestation key.</summary>
    public required ReadOnlyMemory<byte> AkTpm { get; init; }
    /// <summary>PEM of the TLS certificate that the agent registered, or <c>disabled</c>.</summary>
    public string? MtlsCert { get; init; }
    /// <summary>API version that the agent speaks, <c>2.6</c>.</summary>
    public required string SupportedVersion { get; init; }
    /// <summary>JSON text, as sent.</summary>
    public required string TpmPolicy { get; init; }
    /// <summary>JSON text, as sent.</summary>
    public required string MetaData { get; init; }
    /// <summary>Name of the runtime policy's row: the agent id itself when the policy has no name.</summary>
    public required string RuntimePolicyName { get; init; }
    /// <summary>Name of the measured-boot policy's row: the agent id itself when the policy has no name.</summary>
    public required string MeasuredBootPolicyName { get; init; }
    /// <summary>IMA keyring in Keylime's JSON; wins over the policy's own keys when it is not empty.</summary>
    public string ImaSignVerificationKeys { get; init; } = "";
    /// <summary>PEM private key for revocation messages, or empty. Secret.</summary>
    public string RevocationKey { get; init; } = "";
    /// <summary>The verifier's share of the payload key; null for none. Secret.</summary>
    public ReadOnlyMemory<byte>? V { get; init; }
    /// <summary>Accepted hash algorithms, Keylime's names.</summary>
    public required IReadOnlyList<string> AcceptHashAlgorithms { get; init; }
    /// <summary>Accepted encryption algorithms, Keylime's names.</summary>
    public required IReadOnlyList<string> AcceptEncryptionAlgorithms { get; init; }
    /// <summary>Accepted signing algorithms, Keylime's names.</summary>
    public required IReadOnlyList<string> AcceptSigningAlgorithms { get; init; }
}
