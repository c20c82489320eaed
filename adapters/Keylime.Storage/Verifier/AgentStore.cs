using System.Data.Common;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Verifier;

internal sealed class AgentStore(StoreContexts<VerifierContext> contexts, VerifierSql sql, AgentReader reader) : IAgentStore
{
    public async Task<AddAgentOutcome> AddAsync(
        AgentEnrollment enrollment, NamedPolicy? runtimePolicy, NamedPolicy? measuredBootPolicy, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return await contexts.RunAsync(db => AddOnceAsync(db, enrollment, runtimePolicy, measuredBootPolicy, ct), ct);
            }
            catch (DbException e) when (Outage.IsDuplicateKey(e))
            {
                // Somebody was faster with the agent or a policy. The next look sees the row, and says which.
            }
        }
    }

    public Task<StoredAgent?> FindAsync(AgentId id, CancellationToken ct) => contexts.RunAsync(
        async db => (await db.AgentViews().SingleOrDefaultAsync(view => view.Agent.AgentId == id, ct))?.ToStoredAgent(), ct);

    public Task<IReadOnlyList<AgentId>> ListIdsAsync(string? verifierId, CancellationToken ct) => contexts.RunAsync<IReadOnlyList<AgentId>>(
        async db => (await db.Agents.Where(agent => verifierId == null || agent.VerifierId == verifierId)
            .OrderBy(agent => agent.AgentId).Select(agent => agent.AgentId).ToListAsync(ct)).FindAll(id => id != default), ct);

    public Task<IReadOnlyList<StoredAgent>> ListAsync(string? verifierId, CancellationToken ct) =>
        contexts.RunAsync(db => reader.ReadAsync(db, view => verifierId == null || view.Agent.VerifierId == verifierId, ct), ct);

    public Task<bool> ChangeStateAsync(AgentId id, OperationalState state, CancellationToken ct) => contexts.RunAsync(async db =>
    {
        await using var transaction = await sql.BeginChangeAsync(db, ct);
        var rows = await db.Database.ExecuteSqlRawAsync(sql.ChangeState, [(int)state, id.Value], ct);
        await transaction.CommitAsync(ct);
        return rows == 1;
    }, ct);

    public Task<bool> DeleteAsync(AgentId id, CancellationToken ct) => contexts.RunAsync(async db =>
    {
        await using var transaction = await sql.BeginChangeAsync(db, ct);
        // The policies' rows first, as everybody does; and nobody enrols an agent with them between our looking for users, by a later statement, and the deletion.
        foreach (var kind in Enum.GetValues<PolicyKind>()) await db.Database.SqlQueryRaw<string>(sql.LockPolicyForUpdate, kind.ToString(), id.Value).ToListAsync(ct);
        if (await db.Agents.Where(agent => agent.AgentId == id).ExecuteDeleteAsync(ct) == 0) return false;
        await db.Database.ExecuteSqlRawAsync(sql.ForgetOldDeletions, ct);
        await db.Database.ExecuteSqlRawAsync(sql.InsertDeletion, [id.Value], ct);
        // An unnamed policy bears the agent's id. Another agent may have been given that name; then the policy stays.
        await db.Policies
            .Where(policy => policy.Name == id.Value && !db.Agents.Any(agent =>
                (policy.Kind == PolicyKind.Runtime ? agent.RuntimePolicyName : agent.MeasuredBootPolicyName) == policy.Name))
            .ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }, ct);

    private async Task<AddAgentOutcome> AddOnceAsync(
        VerifierContext db, AgentEnrollment enrollment, NamedPolicy? runtimePolicy, NamedPolicy? measuredBootPolicy, CancellationToken ct)
    {
        await using var transaction = await sql.BeginChangeAsync(db, ct);
        var exists = await db.Agents.AnyAsync(agent => agent.AgentId == enrollment.Id, ct);
        // Keylime's order of answers: a policy's name first. An unnamed policy bears the agent's id, so that its row exists whenever the agent does.
        var runtime = await PlacePolicyAsync(db, PolicyKind.Runtime, enrollment.RuntimePolicyName, runtimePolicy, ct);
        if (runtime is { } refused && !(exists && enrollment.RuntimePolicyName == enrollment.Id.Value)) return refused;
        var measuredBoot = await PlacePolicyAsync(db, PolicyKind.MeasuredBoot, enrollment.MeasuredBootPolicyName, measuredBootPolicy, ct);
        if (measuredBoot is { } alsoRefused && !(exists && enrollment.MeasuredBootPolicyName == enrollment.Id.Value)) return alsoRefused;
        if (exists) return AddAgentOutcome.AgentExists;

        await db.AgentDeletions.Where(deletion => deletion.AgentId == enrollment.Id).ExecuteDeleteAsync(ct);
        await db.InsertAsync(AgentRow.From(enrollment), ct);
        await db.Database.ExecuteSqlRawAsync(
            sql.InsertState, [enrollment.Id.Value, (int)OperationalState.Start, Array.Empty<byte>()], ct);
        await transaction.CommitAsync(ct);
        return AddAgentOutcome.Added;
    }

    /// <summary>Null: the policy is there, if the transaction is committed.</summary>
    private async Task<AddAgentOutcome?> PlacePolicyAsync(VerifierContext db, PolicyKind kind, string name, NamedPolicy? sent, CancellationToken ct)
    {
        // The share lock keeps an update of the policy apart from our commit: the update sees this agent and raises its revision, or we see the new text.
        var exists = (await db.Database.SqlQueryRaw<string>(sql.LockPolicyForShare, kind.ToString(), name).ToListAsync(ct)).Count > 0;
        if (sent is null)
            return exists ? null
                : kind is PolicyKind.Runtime ? AddAgentOutcome.RuntimePolicyUnknown : AddAgentOutcome.MeasuredBootPolicyUnknown;
        if (exists) return kind is PolicyKind.Runtime ? AddAgentOutcome.RuntimePolicyExists : AddAgentOutcome.MeasuredBootPolicyExists;
        await db.InsertAsync(PolicyRow.From(kind, sent), ct);
        return null;
    }
}
