using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Startup;

/// <summary>Applies pending migrations, one process at a time. Answers how many.</summary>
/// <remarks>The lock is one that the operating system or the server releases when its holder dies. EF's own lock in SQLite is a row, which a killed process
/// leaves behind for ever.</remarks>
internal abstract class SchemaUpdate
{
    public abstract Task<int> RunAsync(DbContext db, CancellationToken ct);

    protected static async Task<int> MigrateAsync(DbContext db, CancellationToken ct)
    {
        var pending = (await db.Database.GetPendingMigrationsAsync(ct)).Count();
        if (pending > 0) await db.Database.MigrateAsync(ct);
        return pending;
    }
}
