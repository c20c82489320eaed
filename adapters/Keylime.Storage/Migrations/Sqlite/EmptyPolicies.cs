using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Sqlite;

/// <summary>Which policies let every machine pass. Those that are there and exclude everything count as judging until they are uploaded again.</summary>
[DbContext(typeof(SqliteVerifierContext))]
[Migration("20261127100000_EmptyPolicies")]
internal sealed class EmptyPolicies : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE policies ADD COLUMN judges_nothing INTEGER NOT NULL DEFAULT 0;
        UPDATE policies SET judges_nothing = 1 WHERE (kind = 'Runtime' AND generator = 1) OR text = '{}';
        """);
}
