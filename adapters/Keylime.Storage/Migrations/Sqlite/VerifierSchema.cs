using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Keylime.Storage.Migrations.Sqlite;

[DbContext(typeof(SqliteVerifierContext))]
[Migration("20261122000000_VerifierSchema")]
internal sealed class VerifierSchema : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql($"""
        CREATE TABLE revision_counter (
            id INTEGER NOT NULL CONSTRAINT revision_counter_pkey PRIMARY KEY,
            value INTEGER NOT NULL);
        INSERT INTO revision_counter (id, value) VALUES (1, 0);

        CREATE TABLE agents (
            agent_id TEXT NOT NULL CONSTRAINT agents_pkey PRIMARY KEY,
            shard INTEGER NOT NULL,
            verifier_id TEXT NOT NULL,
            ip TEXT, port INTEGER,
            verifier_ip TEXT, verifier_port INTEGER,
            ak_tpm BLOB NOT NULL,
            mtls_cert TEXT,
            supported_version TEXT NOT NULL,
            tpm_policy TEXT NOT NULL,
            meta_data TEXT NOT NULL,
            runtime_policy_name TEXT NOT NULL,
            measured_boot_policy_name TEXT NOT NULL,
            ima_sign_verification_keys TEXT NOT NULL,
            revocation_key TEXT NOT NULL,
            v BLOB,
            accept_hash_algorithms TEXT NOT NULL,
            accept_encryption_algorithms TEXT NOT NULL,
            accept_signing_algorithms TEXT NOT NULL);
        CREATE INDEX agents_shard_idx ON agents (shard);
        CREATE INDEX agents_runtime_policy_name_idx ON agents (runtime_policy_name);
        CREATE INDEX agents_measured_boot_policy_name_idx ON agents (measured_boot_policy_name);

        CREATE TABLE agent_states (
            agent_id TEXT NOT NULL CONSTRAINT agent_states_pkey PRIMARY KEY,
            revision INTEGER NOT NULL,
            change_id INTEGER NOT NULL,
            operational_state INTEGER NOT NULL,
            attestation_count INTEGER NOT NULL,
            last_received_quote INTEGER,
            last_successful_attestation INTEGER,
            fresh_for_milliseconds INTEGER NOT NULL,
            fresh_until INTEGER,
            hash_algorithm TEXT NOT NULL,
            encryption_algorithm TEXT NOT NULL,
            signing_algorithm TEXT NOT NULL,
            payload_public_key TEXT,
            negotiated_version TEXT,
            severity_level INTEGER,
            last_event_id TEXT,
            reason TEXT,
            appraisal_state BLOB NOT NULL,
            CONSTRAINT agent_states_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES agents (agent_id) ON DELETE CASCADE);
        CREATE INDEX agent_states_change_id_idx ON agent_states (change_id);

        CREATE TABLE agent_deletions (
            agent_id TEXT NOT NULL CONSTRAINT agent_deletions_pkey PRIMARY KEY,
            change_id INTEGER NOT NULL,
            deleted_at INTEGER NOT NULL DEFAULT ({SqliteVerifierSql.Now}));
        CREATE INDEX agent_deletions_change_id_idx ON agent_deletions (change_id);

        CREATE TABLE shards (
            shard INTEGER NOT NULL CONSTRAINT shards_pkey PRIMARY KEY,
            epoch INTEGER NOT NULL,
            owner TEXT NOT NULL);

        CREATE TABLE policies (
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            text TEXT,
            generator INTEGER NOT NULL,
            content_hash TEXT NOT NULL,
            CONSTRAINT policies_pkey PRIMARY KEY (kind, name));

        CREATE TABLE outbox (
            sequence INTEGER NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            agent_id TEXT NOT NULL,
            payload TEXT NOT NULL,
            created_at INTEGER NOT NULL DEFAULT ({SqliteVerifierSql.Now}));
        """);
}
