using Aspire.Hosting.Testing;
using Keylime.Protocol.V2;
using Npgsql;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>The passes that the database has, read without anybody's help.</summary>
internal sealed class WrittenPasses
{
    private readonly Dictionary<string, (long Count, long Last)> _passes = [];

    private WrittenPasses() { }

    /// <summary>Null when the database does not answer.</summary>
    public static async Task<WrittenPasses?> TryReadAsync(ClusterFixture cluster, CancellationToken ct)
    {
        try
        {
            var address = new NpgsqlConnectionStringBuilder(await cluster.App.GetConnectionStringAsync("verifierdb", ct)) { Pooling = false, Timeout = 2, CommandTimeout = 2 };
            await using var connection = new NpgsqlConnection(address.ConnectionString);
            await connection.OpenAsync(ct);
            await using var query = new NpgsqlCommand(
                "SELECT agent_id, attestation_count, coalesce(floor(extract(epoch FROM last_successful_attestation)), 0)::bigint FROM agent_states", connection);
            await using var rows = await query.ExecuteReaderAsync(ct);
            var written = new WrittenPasses();
            while (await rows.ReadAsync(ct)) written._passes.Add(rows.GetString(0), (rows.GetInt64(1), rows.GetInt64(2)));
            return written;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Whether all the passes that an agent is shown with are written.</summary>
    public bool Covers(string agent, VerifierAgentResponse shown) =>
        _passes.TryGetValue(agent, out var written) && shown.AttestationCount <= written.Count && shown.LastSuccessfulAttestation <= written.Last;

    public (long Count, long Last) Of(string agent) => _passes.GetValueOrDefault(agent);
}
