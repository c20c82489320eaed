using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Verifier;

internal sealed class SqliteVerifierContext(DbContextOptions<SqliteVerifierContext> options) : VerifierContext(options)
{
    protected override string NowSql => SqliteVerifierSql.Now;

    protected override string TenSecondsSql => "10000";

    public DbSet<RevisionCounterRow> RevisionCounter => Set<RevisionCounterRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMillisecondsConverter>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RevisionCounterRow>(counter =>
        {
            counter.ToTable("revision_counter").HasKey(row => row.Id);
            counter.Property(row => row.Id).ValueGeneratedNever();
        });
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>What a sequence is in PostgreSQL: one row, raised in each transaction that changes agents.</summary>
internal sealed class RevisionCounterRow
{
    public required int Id { get; init; }
    public required long Value { get; init; }
}
