using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Verifier;

/// <summary>Rows that something else has written to, or that a newer version understands. Each concerns its own agent.</summary>
public abstract class DamagedRowTests : VerifierStoreTests
{
    private const string Overlong = "UPDATE agent_states SET fresh_for_milliseconds = 9223372036854775807 WHERE agent_id = 'bad'";
    private const string Renamed = "UPDATE agents SET agent_id = 'no id' WHERE agent_id = 'bad'; UPDATE agent_states SET agent_id = 'no id' WHERE agent_id = 'bad'";

    public static TheoryData<string> Damages { get; } = [Overlong, Renamed];

    internal abstract string WithoutForeignKeys(string statements);

    [Theory, MemberData(nameof(Damages))]
    public async Task Those_beside_it_are_loaded_listed_and_followed(string damage)
    {
        foreach (var id in (string[])["a", "b", "bad", "c", "d"]) await EnrollAsync(id);
        await DamageAsync(damage);

        Assert.Equal(["a", "b", "c", "d"], IdsOf(await States.LoadAsync(AllShards, Ct)));
        Assert.Equal(["a", "b", "c", "d"], IdsOf(await Agents.ListAsync(null, Ct)));
        Assert.Equal(["a", "b", "c", "d"], (await Agents.ListIdsAsync(null, Ct)).Select(id => id.Value).Where(id => id != "bad"));
        Assert.Equal(["a", "d"], IdsOf(await States.LoadAgentsAsync([Id("a"), Id("bad"), Id("d")], Ct)));
        Assert.Equal(["a", "b", "c", "d"],
            (await States.ChangedSinceAsync(AgentChanges.None.Cursor, AllShards, Ct)).Changed.Select(change => change.Id.Value).Where(id => id != "bad"));
    }

    [Theory, MemberData(nameof(Damages))]
    public async Task Those_beside_it_are_swept_and_told_of(string damage)
    {
        var passed = DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1);
        foreach (var id in (string[])["a", "bad"])
        {
            var agent = await EnrollAsync(id);
            var state = agent.State with { OperationalState = OperationalState.GetQuote, LastSuccessfulAttestation = passed, FreshFor = TimeSpan.FromSeconds(10) };
            Assert.Empty(await States.SaveProgressAsync([new(Id(id), state, agent.Revision, await OwnAsync(7))], Ct));
        }
        await DamageAsync(damage);

        var report = await Services.GetRequiredService<IFreshnessStore>().SweepAsync(new(TimeSpan.Zero, TimeSpan.Zero, WithMessages: true), Ct);

        Assert.Equal((2, 2), (report!.Stale, report.BecameStaleCount));
        Assert.Contains(Id("a"), report.BecameStale);
        Assert.Contains("a", (await Services.GetRequiredService<IOutboxStore>().ReadAsync([7], 10, Ct)).Select(stored => stored.Message.AgentId.ToString()));
    }

    [Fact]
    public async Task A_state_of_a_newer_version_is_read_and_is_no_agents_success()
    {
        await EnrollAsync("bad");
        await DamageAsync("UPDATE agent_states SET operational_state = 4711");
        Assert.Equal((OperationalState)4711, Assert.Single(await States.LoadAsync(AllShards, Ct)).State.OperationalState);
    }

    internal Task DamageAsync(string statements) => Services.GetRequiredService<StoreContexts<VerifierContext>>()
        .RunAsync(db => db.Database.ExecuteSqlRawAsync(WithoutForeignKeys(statements), Ct), Ct);

    internal static IEnumerable<string> IdsOf(IEnumerable<StoredAgent> agents) => agents.Select(agent => agent.Enrollment.Id.Value);
}

public sealed class SqliteDamagedRowTests : DamagedRowTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());

    internal override string WithoutForeignKeys(string statements) => $"PRAGMA foreign_keys = OFF; {statements}; PRAGMA foreign_keys = ON";

    [Theory]
    [InlineData("[")]
    [InlineData("7")]
    [InlineData("""["sha256", {}]""")]
    public async Task A_list_that_is_no_JSON_concerns_its_own_agent(string json)
    {
        foreach (var id in (string[])["a", "bad", "c"]) await EnrollAsync(id);
        await DamageAsync($"UPDATE agents SET accept_hash_algorithms = '{json.Replace("{}", "{{}}", StringComparison.Ordinal)}' WHERE agent_id = 'bad'");
        Assert.Equal(["a", "c"], IdsOf(await States.LoadAsync(AllShards, Ct)));
        Assert.Equal(["a", "c"], IdsOf(await Agents.ListAsync(null, Ct)));
    }
}

public sealed class PostgresDamagedRowTests : DamagedRowTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();

    internal override string WithoutForeignKeys(string statements) =>
        $"ALTER TABLE agent_states DROP CONSTRAINT IF EXISTS agent_states_agent_id_fkey; {statements}";
}
