using Keylime.Storage.Registrar;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Postgres;

/// <summary>Contact data that wait for their proof. Records that are there keep theirs when their open challenge is answered.</summary>
[DbContext(typeof(PostgresRegistrarContext))]
[Migration("20261122080000_PendingContact")]
internal sealed class PendingContact : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE registrations ADD COLUMN pending_ip text;
        ALTER TABLE registrations ADD COLUMN pending_port integer;
        ALTER TABLE registrations ADD COLUMN pending_mtls_cert text;
        UPDATE registrations SET pending_ip = ip, pending_port = port, pending_mtls_cert = mtls_cert;
        """);
}
