using Keylime.FleetSimulator.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Tpm.Commands;

namespace Keylime.FleetSimulator.Listening;

/// <summary>What an agent says of itself.</summary>
internal static class AgentAnswers
{
    /// <summary>From here on <c>enc_alg</c> says the size of the keys.</summary>
    private static readonly ApiVersion s_sizedNames = new(2, 5);

    public static AgentVersionResponse Version { get; } =
        new(ApiVersion.AgentSupported[^1].ToString(), [.. ApiVersion.AgentSupported.Select(version => version.ToString())]);

    public static AgentInfoResponse Info(SimulatedAgent agent, ApiVersion version) =>
        new(agent.Id.Value, "sha256", EncryptionName(agent.Machine.Keys, version), agent.Machine.Keys.SigningAlgorithm, TpmHandle.FirstTransient);

    public static string EncryptionName(Machines.TpmKeys keys, ApiVersion version) =>
        version.CompareTo(s_sizedNames) >= 0 ? keys.EncryptionAlgorithm : keys.OldEncryptionAlgorithm;
}
