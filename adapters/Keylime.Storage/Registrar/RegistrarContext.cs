using Keylime.Protocol;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Registrar;

/// <summary>The registrar's table. One derived type per database, because EF finds migrations by the context's type.</summary>
internal abstract class RegistrarContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<RegistrationRow> Registrations => Set<RegistrationRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<AgentId>().HaveConversion<AgentIdConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RegistrationRow>(registration => registration.ToTable("registrations").HasKey(row => row.AgentId));
        SnakeCase.Apply(modelBuilder);
    }
}

internal sealed class PostgresRegistrarContext(DbContextOptions<PostgresRegistrarContext> options) : RegistrarContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        PostgresText.UseOrdinalKeys(modelBuilder);
    }
}

internal sealed class SqliteRegistrarContext(DbContextOptions<SqliteRegistrarContext> options) : RegistrarContext(options);
