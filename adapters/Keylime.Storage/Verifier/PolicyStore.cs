using System.Data.Common;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Verifier;

internal sealed class PolicyStore(StoreContexts<VerifierContext> contexts, VerifierSql sql) : IPolicyStore
{
    public Task<StoredPolicy?> FindAsync(PolicyKind kind, string name, CancellationToken ct) => contexts.RunAsync(
        db => db.Policies.Where(policy => policy.Kind == kind && policy.Name == name)
            .Select(policy => new StoredPolicy(policy.Name, policy.Text, policy.Generator, policy.ContentHash)).SingleOrDefaultAsync(ct), ct);

    public Task<IReadOnlyList<string>> ListNamesAsync(PolicyKind kind, CancellationToken ct) => contexts.RunAsync<IReadOnlyList<string>>(
        async db => await db.Policies.Where(policy => policy.Kind == kind).Select(policy => policy.Name).Order().ToListAsync(ct), ct);

    public async Task<bool> AddAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct)
    {
        try
        {
            return await contexts.RunAsync(async db =>
            {
                await db.InsertAsync(PolicyRow.From(kind, policy), ct);
                return true;
            }, ct);
        }
        catch (DbException e) when (Outage.IsDuplicateKey(e))
        {
            return false;
        }
    }

    public Task<bool> UpdateAsync(PolicyKind kind, NamedPolicy policy, CancellationToken ct) => contexts.RunAsync(async db =>
    {
        await using var transaction = await sql.BeginChangeAsync(db, ct);
        // The policy's row first: agents that are being added with it have committed by then, or wait for us (see AgentStore).
        var row = PolicyRow.From(kind, policy);
        var rows = await db.Policies.Where(stored => stored.Kind == kind && stored.Name == policy.Name).ExecuteUpdateAsync(set => set
            .SetProperty(stored => stored.Text, row.Text)
            .SetProperty(stored => stored.Generator, row.Generator)
            .SetProperty(stored => stored.ContentHash, row.ContentHash)
            .SetProperty(stored => stored.JudgesNothing, row.JudgesNothing), ct);
        if (rows == 0) return false;
        await db.Database.ExecuteSqlRawAsync(sql.ReviseUsers(kind), [policy.Name, Array.Empty<byte>()], ct);
        await transaction.CommitAsync(ct);
        return true;
    }, ct);

    public Task<DeletePolicyOutcome> DeleteAsync(PolicyKind kind, string name, CancellationToken ct) => contexts.RunAsync(async db =>
    {
        await using var transaction = await sql.BeginChangeAsync(db, ct);
        // Locked, so that nobody enrols an agent with it between the question and the deletion.
        var stored = await db.Database.SqlQueryRaw<string>(sql.LockPolicyForUpdate, kind.ToString(), name).ToListAsync(ct);
        if (stored.Count == 0) return new(Deleted: false, UsedBy: null);
        var users = await db.Agents
            .Where(agent => (kind == PolicyKind.Runtime ? agent.RuntimePolicyName : agent.MeasuredBootPolicyName) == name)
            .OrderBy(agent => agent.AgentId).Select(agent => agent.AgentId).Take(1).ToListAsync(ct);
        if (users is [var user]) return new DeletePolicyOutcome(Deleted: false, UsedBy: user);
        await db.Policies.Where(policy => policy.Kind == kind && policy.Name == name).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);
        return new(Deleted: true, UsedBy: null);
    }, ct);
}
