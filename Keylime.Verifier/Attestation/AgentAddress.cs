using Keylime.Attestation.Agents;
using Keylime.Client;

namespace Keylime.Verifier.Attestation;

/// <summary>Where and how an enrolled agent is reached.</summary>
internal static class AgentAddress
{
    /// <summary>A client for the agent, pinned to the certificate that it registered. Null: it has no address, or no certificate where one is required.</summary>
    public static AgentClient? Find(AgentConnections connections, AgentEnrollment enrollment, AttestationOptions options)
    {
        if (enrollment is not { Ip: { } ip, Port: { } port }) return null;
        var isPlain = !options.AgentMtls && enrollment.MtlsCert is null or "" or "disabled";
        return CertificatePin.TryParse(enrollment.MtlsCert, out var pin) || isPlain ? connections.Agent(ip, port, pin, options.RequestTimeout) : null;
    }
}
