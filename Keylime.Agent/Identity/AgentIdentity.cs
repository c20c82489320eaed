using System.Security.Cryptography.X509Certificates;
using Keylime.Agent.Payload;
using Keylime.Protocol;

namespace Keylime.Agent.Identity;

/// <summary>Who this agent is: fixed from the start to the end of the process.</summary>
internal sealed record AgentIdentity
{
    public required AgentId Id { get; init; }
    public required TpmAlgorithms Algorithms { get; init; }

    /// <summary>TPM2B_PUBLIC.</summary>
    public required byte[] EndorsementKey { get; init; }

    /// <summary>PEM, the EK's certificate first, then those of its issuers; null when the TPM holds none.</summary>
    public required string? EndorsementCertificates { get; init; }

    /// <summary>TPM2B_PUBLIC.</summary>
    public required byte[] AttestationKey { get; init; }

    public required PayloadKey PayloadKey { get; init; }

    /// <summary>Null where mutual TLS is off.</summary>
    public required X509Certificate2? ServerCertificate { get; init; }
}
