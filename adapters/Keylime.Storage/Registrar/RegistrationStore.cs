using System.Data.Common;
using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Registrar;

internal sealed class RegistrationStore(StoreContexts<RegistrarContext> contexts) : IRegistrationStore
{
    public Task<Registration?> FindAsync(AgentId id, CancellationToken ct) => contexts.RunAsync(
        async db => (await db.Registrations.SingleOrDefaultAsync(row => row.AgentId == id, ct))?.ToRegistration(), ct);

    public Task<IReadOnlyList<AgentId>> ListIdsAsync(CancellationToken ct) => contexts.RunAsync<IReadOnlyList<AgentId>>(
        async db => (await db.Registrations.OrderBy(row => row.AgentId).Select(row => row.AgentId).ToListAsync(ct)).FindAll(id => id != default), ct);

    public async Task<bool> SaveAsync(Registration registration, Registration? seen, CancellationToken ct)
    {
        var row = RegistrationRow.From(registration);
        return seen is null ? await InsertAsync(row, ct) : await ReplaceAsync(row, seen, ct);
    }

    public Task<bool> ActivateAsync(Registration seen, CancellationToken ct) => contexts.RunAsync(async db =>
        await Unchanged(db, seen).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.Active, true)
            .SetProperty(row => row.Ip, row => row.PendingIp)
            .SetProperty(row => row.Port, row => row.PendingPort)
            .SetProperty(row => row.MtlsCert, row => row.PendingMtlsCert), ct) == 1, ct);

    public Task<bool> DeleteUnchangedAsync(Registration seen, CancellationToken ct) => contexts.RunAsync(async db =>
        await Unchanged(db, seen).ExecuteDeleteAsync(ct) == 1, ct);

    public Task<bool> DeleteAsync(AgentId id, CancellationToken ct) => contexts.RunAsync(async db =>
        await db.Registrations.Where(row => row.AgentId == id).ExecuteDeleteAsync(ct) == 1, ct);

    // The key is new with every registration; activation alone leaves it. Of an active record it changes only what nobody else writes: the contact data.
    private static IQueryable<RegistrationRow> Unchanged(RegistrarContext db, Registration seen) =>
        db.Registrations.Where(row => row.AgentId == seen.Id && row.ActivationKey == seen.ActivationKey && row.Active == seen.Active);

    private async Task<bool> InsertAsync(RegistrationRow row, CancellationToken ct)
    {
        try
        {
            return await contexts.RunAsync(async db =>
            {
                await db.InsertAsync(row, ct);
                return true;
            }, ct);
        }
        catch (DbException e) when (Outage.IsDuplicateKey(e))
        {
            return false;
        }
    }

    private Task<bool> ReplaceAsync(RegistrationRow row, Registration seen, CancellationToken ct) => contexts.RunAsync(async db =>
        await Unchanged(db, seen).ExecuteUpdateAsync(set => set
            .SetProperty(stored => stored.EkTpm, row.EkTpm)
            .SetProperty(stored => stored.EkCert, row.EkCert)
            .SetProperty(stored => stored.AkTpm, row.AkTpm)
            .SetProperty(stored => stored.IakTpm, row.IakTpm)
            .SetProperty(stored => stored.IakCert, row.IakCert)
            .SetProperty(stored => stored.IdevidTpm, row.IdevidTpm)
            .SetProperty(stored => stored.IdevidCert, row.IdevidCert)
            .SetProperty(stored => stored.PendingIp, row.PendingIp)
            .SetProperty(stored => stored.PendingPort, row.PendingPort)
            .SetProperty(stored => stored.PendingMtlsCert, row.PendingMtlsCert)
            .SetProperty(stored => stored.ActivationKey, row.ActivationKey)
            .SetProperty(stored => stored.Active, row.Active)
            .SetProperty(stored => stored.Regcount, row.Regcount), ct) == 1, ct);
}
