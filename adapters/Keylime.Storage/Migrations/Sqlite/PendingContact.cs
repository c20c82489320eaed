using Keylime.Storage.Registrar;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Sqlite;

/// <summary>Contact data that wait for their proof. Records that are there keep theirs when their open challenge is answered.</summary>
[DbContext(typeof(SqliteRegistrarContext))]
[Migration("20261122080000_PendingContact")]
internal sealed class PendingContact : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE registrations ADD COLUMN pending_ip TEXT;
        ALTER TABLE registrations ADD COLUMN pending_port INTEGER;
        ALTER TABLE registrations ADD COLUMN pending_mtls_cert TEXT;
        UPDATE registrations SET pending_ip = ip, pending_port = port, pending_mtls_cert = mtls_cert;
        """);
}
