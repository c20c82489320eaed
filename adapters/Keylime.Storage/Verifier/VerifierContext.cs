using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;

namespace Keylime.Storage.Verifier;

/// <summary>The verifier's tables. One derived type per database, because EF finds migrations by the context's type.</summary>
internal abstract class VerifierContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<AgentRow> Agents => Set<AgentRow>();
    public DbSet<AgentStateRow> AgentStates => Set<AgentStateRow>();
    public DbSet<AgentDeletionRow> AgentDeletions => Set<AgentDeletionRow>();
    public DbSet<ShardRow> Shards => Set<ShardRow>();
    public DbSet<PolicyRow> Policies => Set<PolicyRow>();
    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();
    public DbSet<FreshnessSweepRow> FreshnessSweep => Set<FreshnessSweepRow>();
    public DbSet<LeaseRow> Leases => Set<LeaseRow>();

    /// <summary>The database's clock, inside queries.</summary>
    public static DateTimeOffset DatabaseNow() => throw new NotSupportedException("Only for queries");

    /// <summary>Ten seconds before <see cref="DatabaseNow"/>.</summary>
    public static DateTimeOffset DatabaseTenSecondsAgo() => throw new NotSupportedException("Only for queries");

    /// <summary>SQL of the database's clock, in the form in which times are stored.</summary>
    protected abstract string NowSql { get; }

    /// <summary>SQL of ten seconds, to be taken from <see cref="NowSql"/>.</summary>
    protected abstract string TenSecondsSql { get; }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<AgentId>().HaveConversion<AgentIdConverter>();
        configurationBuilder.Properties<PolicyKind>().HaveConversion<string>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDbFunction(() => DatabaseNow()).HasTranslation(_ => new SqlFragmentExpression(NowSql));
        modelBuilder.HasDbFunction(() => DatabaseTenSecondsAgo()).HasTranslation(_ => new SqlFragmentExpression($"({NowSql} - {TenSecondsSql})"));
        modelBuilder.Entity<AgentRow>(agent =>
        {
            agent.ToTable("agents").HasKey(row => row.AgentId);
            agent.HasIndex(row => row.Shard);
            agent.HasIndex(row => row.RuntimePolicyName);
            agent.HasIndex(row => row.MeasuredBootPolicyName);
        });
        modelBuilder.Entity<AgentStateRow>(state =>
        {
            state.ToTable("agent_states").HasKey(row => row.AgentId);
            state.HasOne<AgentRow>().WithOne().HasForeignKey<AgentStateRow>(row => row.AgentId).OnDelete(DeleteBehavior.Cascade);
            state.HasIndex(row => row.ChangeId);
        });
        modelBuilder.Entity<AgentDeletionRow>(deletion =>
        {
            deletion.ToTable("agent_deletions").HasKey(row => row.AgentId);
            deletion.HasIndex(row => row.ChangeId);
            deletion.Property(row => row.DeletedAt).HasDefaultValueSql(NowSql);
        });
        modelBuilder.Entity<ShardRow>(shard =>
        {
            shard.ToTable("shards").HasKey(row => row.Shard);
            shard.Property(row => row.Shard).ValueGeneratedNever();
        });
        modelBuilder.Entity<PolicyRow>(policy =>
        {
            policy.ToTable("policies").HasKey(row => new { row.Kind, row.Name });
            policy.Property(row => row.JudgesNothing).HasDefaultValue(false);
        });
        modelBuilder.Entity<OutboxRow>(message =>
        {
            message.ToTable("outbox").HasKey(row => row.Sequence);
            message.Property(row => row.Sequence).ValueGeneratedOnAdd();
            message.Property(row => row.CreatedAt).HasDefaultValueSql(NowSql);
        });
        modelBuilder.Entity<LeaseRow>(lease =>
        {
            lease.ToTable("leases").HasKey(row => row.Shard);
            lease.Property(row => row.Shard).ValueGeneratedNever();
        });
        modelBuilder.Entity<FreshnessSweepRow>(sweep =>
        {
            sweep.ToTable("freshness_sweep").HasKey(row => row.Id);
            sweep.Property(row => row.Id).ValueGeneratedNever();
        });
        SnakeCase.Apply(modelBuilder);
    }
}
