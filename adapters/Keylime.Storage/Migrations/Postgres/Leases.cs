using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Postgres;

/// <summary>Leases and members of clusters without Redis. Unlogged: they may be lost at any time, so a crash of the server may empty them, and renewals
/// write no WAL.</summary>
[DbContext(typeof(PostgresVerifierContext))]
[Migration("20261126000000_Leases")]
internal sealed class Leases : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE UNLOGGED TABLE leases (
            shard integer NOT NULL CONSTRAINT leases_pkey PRIMARY KEY,
            owner text NOT NULL,
            expires_at timestamptz NOT NULL) WITH (fillfactor = 50);

        CREATE UNLOGGED TABLE members (
            instance text COLLATE "C" NOT NULL CONSTRAINT members_pkey PRIMARY KEY,
            address text NOT NULL,
            state text NOT NULL,
            zone text,
            beat bigint NOT NULL,
            beaten_at timestamptz NOT NULL) WITH (fillfactor = 50);
        """);
}
