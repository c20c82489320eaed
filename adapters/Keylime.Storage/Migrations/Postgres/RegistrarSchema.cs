using Keylime.Storage.Registrar;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Postgres;

[DbContext(typeof(PostgresRegistrarContext))]
[Migration("20261122000000_RegistrarSchema")]
internal sealed class RegistrarSchema : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE registrations (
            agent_id text COLLATE "C" NOT NULL CONSTRAINT registrations_pkey PRIMARY KEY,
            ek_tpm bytea,
            ek_cert bytea,
            ak_tpm bytea,
            iak_tpm bytea,
            iak_cert bytea,
            idevid_tpm bytea,
            idevid_cert bytea,
            ip text, port integer,
            mtls_cert text,
            activation_key text NOT NULL,
            active boolean NOT NULL,
            regcount integer NOT NULL);
        """);
}
