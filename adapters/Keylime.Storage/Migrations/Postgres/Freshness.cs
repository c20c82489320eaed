using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Postgres;

/// <summary>What tells of agents that became stale, and how often agents are really asked. The sweep's row may be lost in a crash: sweeps then settle anew.</summary>
[DbContext(typeof(PostgresVerifierContext))]
[Migration("20261127000000_Freshness")]
internal sealed class Freshness : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE agent_states ADD COLUMN stale_since timestamptz, ADD COLUMN effective_interval_milliseconds bigint;

        CREATE UNLOGGED TABLE freshness_sweep (
            id integer NOT NULL CONSTRAINT freshness_sweep_pkey PRIMARY KEY,
            swept_at timestamptz NOT NULL,
            steady_since timestamptz NOT NULL) WITH (fillfactor = 50);
        """);
}
