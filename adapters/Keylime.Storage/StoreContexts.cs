using Keylime.Attestation.Agents;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage;

/// <summary>Opens a context per operation, and turns every way in which a database fails to answer into the one exception that the seams promise.</summary>
internal sealed class StoreContexts<TContext>(Func<CancellationToken, Task<TContext>> create) where TContext : DbContext
{
    public async Task<T> RunAsync<T>(Func<TContext, Task<T>> operation, CancellationToken ct)
    {
        try
        {
            await using var db = await create(ct);
            return await operation(db);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && Outage.IsCause(e))
        {
            throw new StoreUnavailableException("The database does not answer", e);
        }
    }
}
