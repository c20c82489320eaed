using Keylime.Protocol;
using Keylime.Tenant.Connections;

namespace Keylime.Tenant.Agents;

/// <summary>Deletes an agent at the verifier, and waits until it is gone.</summary>
internal static class Removal
{
    /// <returns>False when the verifier did not have it; that is as good.</returns>
    public static async Task<bool> RemoveAsync(TenantSession session, AgentId id, CancellationToken ct)
    {
        var verifier = await session.VerifierAsync(ct);
        var answer = await verifier.DeleteAgentAsync(id, ct);
        if (answer.Status == 404) return false;
        answer.Get($"deleting agent {id}");
        for (var tries = 1; answer.Status == 202 && await session.FindStateAsync(id, ct) is not null; tries++)
        {
            if (tries > session.Config.Retries.MaxRetries) throw new UserErrorException($"Agent {id} was not deleted after {tries} tries");
            await Task.Delay(session.Config.Retries.PauseAfter(tries), session.Time, ct);
        }
        return true;
    }
}
