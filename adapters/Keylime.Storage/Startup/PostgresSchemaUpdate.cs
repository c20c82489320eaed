using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Startup;

internal sealed class PostgresSchemaUpdate : SchemaUpdate
{
    /// <summary>Any constant that is ours: "keylime" in ASCII.</summary>
    private const long LockKey = 0x6B65_796C_696D_65;

    public override async Task<int> RunAsync(DbContext db, CancellationToken ct)
    {
        // The lock belongs to the session: one connection from here to the end.
        await db.Database.OpenConnectionAsync(ct);
        // Another replica may be migrating for longer than an ordinary statement takes.
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({LockKey})", ct);
        try
        {
            var applied = await MigrateAsync(db, ct);
            if (db is PostgresVerifierContext) await db.Database.ExecuteSqlRawAsync(PostgresVerifierSql.ForgetForeignChanges, ct);
            return applied;
        }
        finally
        {
            // A pooled connection keeps its session's locks: nothing resets it.
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }
}
