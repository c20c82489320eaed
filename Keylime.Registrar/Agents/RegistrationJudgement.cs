using Keylime.Attestation.Registrations;
using Keylime.Tpm.Structures;

namespace Keylime.Registrar.Agents;

/// <summary>What the rules say of a claim.</summary>
internal abstract record RegistrationJudgement
{
    private RegistrationJudgement() { }

    /// <summary>The record to be, and the keys that a challenge is made for. Nothing is proved until the challenge is met.</summary>
    public sealed record Accepted(Registration Registration, PublicArea EndorsementKey, byte[] AttestationKeyName) : RegistrationJudgement;

    /// <summary>The record stays as it was.</summary>
    public sealed record Refused(int Status, string Message) : RegistrationJudgement;
}
