using Keylime.Attestation.Agents;
using Keylime.Protocol;

namespace Keylime.Verifier.Tests;

/// <summary>An agent as the store hands it out, for tests of which only the state matters.</summary>
internal static class StoredAgents
{
    public static StoredAgent In(AgentState state, bool isFresh, string version = "2.6") => new(new()
    {
        Id = AgentId.Parse("a"),
        Shard = 0,
        VerifierId = "default",
        AkTpm = Array.Empty<byte>(),
        SupportedVersion = version,
        TpmPolicy = "{}",
        MetaData = "{}",
        RuntimePolicyName = "a",
        MeasuredBootPolicyName = "a",
        AcceptHashAlgorithms = [],
        AcceptEncryptionAlgorithms = [],
        AcceptSigningAlgorithms = [],
    }, state, 1, null, isFresh)
    { RuntimePolicy = new("h", false, JudgesNothing: true), MeasuredBootPolicy = new("h", false) };
}
