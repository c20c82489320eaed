using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Sqlite;

/// <summary>What tells of agents that became stale, and how often agents are really asked.</summary>
[DbContext(typeof(SqliteVerifierContext))]
[Migration("20261127000000_Freshness")]
internal sealed class Freshness : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE agent_states ADD COLUMN stale_since INTEGER;
        ALTER TABLE agent_states ADD COLUMN effective_interval_milliseconds INTEGER;

        CREATE TABLE freshness_sweep (
            id INTEGER NOT NULL CONSTRAINT freshness_sweep_pkey PRIMARY KEY,
            swept_at INTEGER NOT NULL,
            steady_since INTEGER NOT NULL);
        """);
}
