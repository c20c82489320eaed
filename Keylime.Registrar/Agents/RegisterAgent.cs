using Keylime.Attestation.Agents;
using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Keylime.Registrar.Activation;

namespace Keylime.Registrar.Agents;

/// <summary>Registers: judges the claim against the record of the moment and writes, as long as nobody else wrote in between.</summary>
internal sealed class RegisterAgent(IRegistrationStore store, RegistrationRules rules, RegistrarConfig config, RegistrarAudit audit, RegistrarMetrics metrics)
{
    private const int MaxAttempts = 8;

    /// <summary>The blob of the challenge, or why there is none.</summary>
    public async Task<(byte[]? Blob, RegistrationJudgement.Refused? Refusal)> RunAsync(AgentId id, Claim claim, string remote, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var seen = await store.FindAsync(id, ct);
            var judgement = rules.Judge(id, claim, seen);
            if (judgement is RegistrationJudgement.Refused refusal)
            {
                metrics.RegistrationRefused();
                audit.RegistrationRefused(id, remote, refusal.Status, refusal.Message);
                return (null, refusal);
            }
            var accepted = (RegistrationJudgement.Accepted)judgement;
            var challenge = Challenge.Create(accepted.EndorsementKey, accepted.AttestationKeyName);
            if (!await store.SaveAsync(accepted.Registration with { ActivationKey = challenge.ActivationKey }, seen, ct)) continue;
            Report(accepted.Registration, claim, remote);
            return (challenge.Blob, null);
        }
        // Only somebody who registers this id without pause can bring it here.
        throw new StoreUnavailableException($"The record of agent {id} changes too fast", null);
    }

    private void Report(Registration registration, Claim claim, string remote)
    {
        metrics.Registered();
        audit.Registered(registration.Id, remote, registration.Regcount, registration.Active);
        if (config.MalformedCertificates is MalformedCertificateAction.Warn && claim.MalformedCertificates().ToList() is { Count: > 0 } members)
            audit.MalformedCertificate(registration.Id, string.Join(", ", members));
    }
}
