using Keylime.Attestation.Agents;
using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Keylime.Tpm.Credentials;

namespace Keylime.Registrar.Activation;

/// <summary>What became of an activation.</summary>
internal enum ActivationOutcome
{
    Activated,
    UnknownAgent,
    WrongTag,
}

/// <summary>Activates a record when the tag shows that the agent's TPM has opened the challenge.</summary>
internal sealed class ActivateAgent(IRegistrationStore store, RegistrarAudit audit, RegistrarMetrics metrics)
{
    private const int MaxAttempts = 8;

    public async Task<ActivationOutcome> RunAsync(AgentId id, string authTag, string remote, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.FindAsync(id, ct) is not { } seen) return ActivationOutcome.UnknownAgent;
            var isRight = AuthTag.Verify(seen.ActivationKey, id.Value, authTag);
            // Upstream deletes the record for any wrong tag, and so lets anybody delete any agent. A record that was proved once stays.
            var written = isRight ? await store.ActivateAsync(seen, ct) : seen.Active || await store.DeleteUnchangedAsync(seen, ct);
            if (!written) continue; // Registered anew in the meantime: judge by the new challenge.
            if (isRight) Activated(id, remote);
            else Refused(id, remote, kept: seen.Active);
            return isRight ? ActivationOutcome.Activated : ActivationOutcome.WrongTag;
        }
        throw new StoreUnavailableException($"The record of agent {id} changes too fast", null);
    }

    private void Activated(AgentId id, string remote)
    {
        metrics.Activated();
        audit.Activated(id, remote);
    }

    private void Refused(AgentId id, string remote, bool kept)
    {
        metrics.ActivationRefused();
        audit.ActivationRefused(id, remote, kept);
    }
}
