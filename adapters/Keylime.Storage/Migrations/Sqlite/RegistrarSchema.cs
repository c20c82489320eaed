using Keylime.Storage.Registrar;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Sqlite;

[DbContext(typeof(SqliteRegistrarContext))]
[Migration("20261122000000_RegistrarSchema")]
internal sealed class RegistrarSchema : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE registrations (
            agent_id TEXT NOT NULL CONSTRAINT registrations_pkey PRIMARY KEY,
            ek_tpm BLOB,
            ek_cert BLOB,
            ak_tpm BLOB,
            iak_tpm BLOB,
            iak_cert BLOB,
            idevid_tpm BLOB,
            idevid_cert BLOB,
            ip TEXT, port INTEGER,
            mtls_cert TEXT,
            activation_key TEXT NOT NULL,
            active INTEGER NOT NULL,
            regcount INTEGER NOT NULL);
        """);
}
