using Keylime.Protocol;
using Keylime.Tenant.Connections;
using Keylime.Tenant.Output;

namespace Keylime.Tenant.Agents;

/// <summary>Waits until agents are attested, or one has failed, or time is up.</summary>
internal sealed class AttestationWait(TenantSession session, TimeSpan timeout)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    /// <returns>Whether all are attested.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<AgentId> ids, CancellationToken ct)
    {
        var deadline = session.Time.GetUtcNow() + timeout;
        var open = ids.ToHashSet();
        var failed = 0;
        while (open.Count > 0)
        {
            foreach (var id in open.ToArray())
            {
                var row = await session.FindStateAsync(id, ct) is { } state ? AgentRow.From(id.Value, state) : AgentRow.Absent(id);
                if (row.State is TrustState.Pending or TrustState.Stale) continue;
                open.Remove(id);
                if (row.State != TrustState.Attested) failed++;
                session.Log.WriteLine(row.State == TrustState.Attested
                    ? $"Agent {id} attested ({ids.Count - open.Count - failed} of {ids.Count})"
                    : $"ERROR: agent {id} {row.State}: {row.Reason}");
            }
            if (open.Count == 0) break;
            if (session.Time.GetUtcNow() >= deadline)
            {
                session.Log.WriteLine($"ERROR: not attested within {timeout.TotalSeconds:0.#} s: {string.Join(", ", open)}");
                return false;
            }
            await Task.Delay(Poll, session.Time, ct);
        }
        return failed == 0;
    }
}
