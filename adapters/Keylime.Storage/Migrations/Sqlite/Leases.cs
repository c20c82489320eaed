using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Sqlite;

/// <summary>The lease by which one process owns the file.</summary>
[DbContext(typeof(SqliteVerifierContext))]
[Migration("20261126000000_Leases")]
internal sealed class Leases : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE leases (
            shard INTEGER NOT NULL CONSTRAINT leases_pkey PRIMARY KEY,
            owner TEXT NOT NULL,
            expires_at INTEGER NOT NULL);
        """);
}
