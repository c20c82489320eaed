using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Verifier;

internal sealed class PostgresVerifierContext(DbContextOptions<PostgresVerifierContext> options) : VerifierContext(options)
{
    protected override string NowSql => "clock_timestamp()";

    protected override string TenSecondsSql => "interval '10 seconds'";

    public DbSet<MemberRow> Members => Set<MemberRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<MemberRow>().ToTable("members").HasKey(row => row.Instance);
        base.OnModelCreating(modelBuilder);
        modelBuilder.HasSequence<long>("agent_revisions");
        PostgresText.UseOrdinalKeys(modelBuilder);
        // Room for the next version of each row on its own page, so that a flush touches no index.
        modelBuilder.Entity<AgentStateRow>().HasStorageParameter("fillfactor", 50);
        // Leases and heartbeats likewise. They may be lost at any time.
        modelBuilder.Entity<LeaseRow>().IsUnlogged().HasStorageParameter("fillfactor", 50);
        modelBuilder.Entity<MemberRow>().IsUnlogged().HasStorageParameter("fillfactor", 50);
        modelBuilder.Entity<FreshnessSweepRow>().IsUnlogged().HasStorageParameter("fillfactor", 50);
    }
}
