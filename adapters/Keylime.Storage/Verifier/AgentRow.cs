using Keylime.Attestation.Agents;
using Keylime.Protocol;

namespace Keylime.Storage.Verifier;

/// <summary>An enrolment. Written once: what changes with every attestation is in <see cref="AgentStateRow"/>, so that a flush rewrites narrow rows only.</summary>
internal sealed class AgentRow
{
    public required AgentId AgentId { get; init; }
    public required int Shard { get; init; }
    public required string VerifierId { get; init; }
    public string? Ip { get; init; }
    public int? Port { get; init; }
    public string? VerifierIp { get; init; }
    public int? VerifierPort { get; init; }
    public required byte[] AkTpm { get; init; }
    public string? MtlsCert { get; init; }
    public required string SupportedVersion { get; init; }
    public required string TpmPolicy { get; init; }
    public required string MetaData { get; init; }
    public required string RuntimePolicyName { get; init; }
    public required string MeasuredBootPolicyName { get; init; }
    public required string ImaSignVerificationKeys { get; init; }
    public required string RevocationKey { get; init; }
    public byte[]? V { get; init; }
    public required List<string> AcceptHashAlgorithms { get; init; }
    public required List<string> AcceptEncryptionAlgorithms { get; init; }
    public required List<string> AcceptSigningAlgorithms { get; init; }

    public static AgentRow From(AgentEnrollment enrollment) => new()
    {
        AgentId = enrollment.Id,
        Shard = enrollment.Shard,
        VerifierId = enrollment.VerifierId,
        Ip = enrollment.Ip,
        Port = enrollment.Port,
        VerifierIp = enrollment.VerifierIp,
        VerifierPort = enrollment.VerifierPort,
        AkTpm = enrollment.AkTpm.ToArray(),
        MtlsCert = enrollment.MtlsCert,
        SupportedVersion = enrollment.SupportedVersion,
        TpmPolicy = enrollment.TpmPolicy,
        MetaData = enrollment.MetaData,
        RuntimePolicyName = enrollment.RuntimePolicyName,
        MeasuredBootPolicyName = enrollment.MeasuredBootPolicyName,
        ImaSignVerificationKeys = enrollment.ImaSignVerificationKeys,
        RevocationKey = enrollment.RevocationKey,
        V = enrollment.V?.ToArray(),
        AcceptHashAlgorithms = [.. enrollment.AcceptHashAlgorithms],
        AcceptEncryptionAlgorithms = [.. enrollment.AcceptEncryptionAlgorithms],
        AcceptSigningAlgorithms = [.. enrollment.AcceptSigningAlgorithms],
    };

    public AgentEnrollment ToEnrollment() => new()
    {
        Id = AgentId,
        Shard = Shard,
        VerifierId = VerifierId,
        Ip = Ip,
        Port = Port,
        VerifierIp = VerifierIp,
        VerifierPort = VerifierPort,
        AkTpm = AkTpm,
        MtlsCert = MtlsCert,
        SupportedVersion = SupportedVersion,
        TpmPolicy = TpmPolicy,
        MetaData = MetaData,
        RuntimePolicyName = RuntimePolicyName,
        MeasuredBootPolicyName = MeasuredBootPolicyName,
        ImaSignVerificationKeys = ImaSignVerificationKeys,
        RevocationKey = RevocationKey,
        V = Bytes.OrNull(V),
        AcceptHashAlgorithms = AcceptHashAlgorithms,
        AcceptEncryptionAlgorithms = AcceptEncryptionAlgorithms,
        AcceptSigningAlgorithms = AcceptSigningAlgorithms,
    };
}
