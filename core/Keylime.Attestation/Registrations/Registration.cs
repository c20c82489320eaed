using Keylime.Protocol;

namespace Keylime.Attestation.Registrations;

/// <summary>What the registrar knows of an agent: its TPM's identity, as the agent claims it, and whether the TPM proved it.</summary>
public sealed record Registration
{
    /// <summary>The agent.</summary>
    public required AgentId Id { get; init; }
    /// <summary>TPM2B_PUBLIC of the endorsement key.</summary>
    public ReadOnlyMemory<byte>? EkTpm { get; init; }
    /// <summary>DER of the endorsement key's certificate.</summary>
    public ReadOnlyMemory<byte>? EkCert { get; init; }
    /// <summary>TPM2B_PUBLIC of the attestation key.</summary>
    public ReadOnlyMemory<byte>? AkTpm { get; init; }
    /// <summary>TPM2B_PUBLIC of the initial attestation key.</summary>
    public ReadOnlyMemory<byte>? IakTpm { get; init; }
    /// <summary>DER of its certificate.</summary>
    public ReadOnlyMemory<byte>? IakCert { get; init; }
    /// <summary>TPM2B_PUBLIC of the initial device identity.</summary>
    public ReadOnlyMemory<byte>? IdevidTpm { get; init; }
    /// <summary>DER of its certificate.</summary>
    public ReadOnlyMemory<byte>? IdevidCert { get; init; }
    /// <summary>Contact address of the agent, as it was proved last.</summary>
    public string? Ip { get; init; }
    /// <summary>Contact port of the agent.</summary>
    public int? Port { get; init; }
    /// <summary>PEM of the agent's TLS certificate, or <c>disabled</c>.</summary>
    public string? MtlsCert { get; init; }
    /// <summary>Contact address that the last registration claims. It counts once the challenge of that registration has been opened: all else in a
    /// registration is public, so that anybody could send the verifier to a machine of his own.</summary>
    public string? PendingIp { get; init; }
    /// <summary>See <see cref="PendingIp"/>.</summary>
    public int? PendingPort { get; init; }
    /// <summary>See <see cref="PendingIp"/>.</summary>
    public string? PendingMtlsCert { get; init; }
    /// <summary>Key of the tag that activates: base64 of the last challenge's secret. New with every registration, so that it also tells one
    /// state of the record from another. Secret.</summary>
    public string ActivationKey { get; init; } = "";
    /// <summary>Whether the TPM with this endorsement key proved that it holds this attestation key.</summary>
    public bool Active { get; init; }
    /// <summary>How often the TPM identity was registered or changed.</summary>
    public int Regcount { get; init; }
}
