using Keylime.Attestation.Agents;
using Keylime.Protocol;

namespace Keylime.Storage.Tests.Verifier;

public abstract class AgentStoreTests : VerifierStoreTests
{
    [Fact]
    public async Task Gives_back_what_was_enrolled()
    {
        var sent = Enrollment("a");
        Assert.Equal(AddAgentOutcome.Added, await Agents.AddAsync(sent, new("a", "{}", 1), new("a", null, 0), Ct));

        var agent = await Agents.FindAsync(Id("a"), Ct);

        Assert.NotNull(agent);
        Assert.Equivalent(sent, agent.Enrollment, strict: true);
        Assert.Equal(sent.AkTpm.ToArray(), agent.Enrollment.AkTpm.ToArray());
        Assert.Equal(sent.V!.Value.ToArray(), agent.Enrollment.V!.Value.ToArray());
        Assert.Equivalent(new AgentState(), agent.State, strict: true);
        Assert.False(agent.IsFresh);
        Assert.Null(agent.Owner);
    }

    [Fact]
    public async Task Gives_back_null_for_what_was_not_sent()
    {
        var bare = Enrollment("bare") with { V = null, Ip = null, Port = null, MtlsCert = null, AcceptHashAlgorithms = [] };
        await Agents.AddAsync(bare, new("bare", "{}", 1), new("bare", null, 0), Ct);
        var enrollment = (await Agents.FindAsync(Id("bare"), Ct))!.Enrollment;
        Assert.Equal((false, null, null, null), (enrollment.V.HasValue, enrollment.Ip, enrollment.Port, enrollment.MtlsCert));
        Assert.Empty(enrollment.AcceptHashAlgorithms);
    }

    [Fact]
    public async Task Finds_nothing_where_nothing_is() => Assert.Null(await Agents.FindAsync(Id("nobody"), Ct));

    [Fact]
    public async Task Stores_the_policies_with_the_agent()
    {
        await Agents.AddAsync(Enrollment("a", runtimePolicy: "shared"), new("shared", """{"digests":{}}""", 2), new("a", null, 0), Ct);

        Assert.Equal(
            new StoredPolicy("shared", """{"digests":{}}""", 2, "1ef88a756068c95380e65936eef78e9fd2c7d6d5ad24049eead025974b647030"),
            await Policies.FindAsync(PolicyKind.Runtime, "shared", Ct));
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            (await Policies.FindAsync(PolicyKind.MeasuredBoot, "a", Ct))!.ContentHash);
    }

    [Fact]
    public async Task Tells_the_hashes_of_the_policies_and_whether_they_are_set()
    {
        var unnamed = await EnrollAsync("unnamed");
        Assert.Equal(new((await Policies.FindAsync(PolicyKind.Runtime, "unnamed", Ct))!.ContentHash, IsSet: false), unnamed.RuntimePolicy);
        Assert.Equal(new((await Policies.FindAsync(PolicyKind.MeasuredBoot, "unnamed", Ct))!.ContentHash, IsSet: false), unnamed.MeasuredBootPolicy);

        await Agents.AddAsync(
            Enrollment("named", runtimePolicy: "p", measuredBootPolicy: "m"), new("p", """{"digests":{}}""", 2), new("m", "{}", 0), Ct);
        var named = Assert.Single(await Agents.ListAsync(null, Ct), agent => agent.Enrollment.Id == Id("named"));
        Assert.Equal(new((await Policies.FindAsync(PolicyKind.Runtime, "p", Ct))!.ContentHash, IsSet: true), named.RuntimePolicy);
        Assert.Equal(new((await Policies.FindAsync(PolicyKind.MeasuredBoot, "m", Ct))!.ContentHash, IsSet: true), named.MeasuredBootPolicy);
    }

    [Theory]
    [InlineData("other", "taken", "other", null, AddAgentOutcome.RuntimePolicyExists)]
    [InlineData("other", "nowhere", null, null, AddAgentOutcome.RuntimePolicyUnknown)]
    [InlineData("other", "taken", null, "taken", AddAgentOutcome.MeasuredBootPolicyExists)]
    [InlineData("other", "taken", null, null, AddAgentOutcome.MeasuredBootPolicyUnknown)]
    public async Task Refuses_a_policy_that_is_taken_or_missing(string id, string name, string? runtimeText, string? bootText, AddAgentOutcome expected)
    {
        await Policies.AddAsync(PolicyKind.Runtime, new("taken", "{}", 2), Ct);
        await Policies.AddAsync(PolicyKind.MeasuredBoot, new("taken", "{}", 0), Ct);
        var boot = expected is AddAgentOutcome.MeasuredBootPolicyUnknown ? "nowhere" : "taken";

        var outcome = await Agents.AddAsync(
            Enrollment(id, runtimePolicy: name, measuredBootPolicy: boot),
            runtimeText is null ? null : new(name, runtimeText, 2), bootText is null ? null : new(boot, bootText, 0), Ct);

        Assert.Equal(expected, outcome);
        Assert.Empty(await Agents.ListIdsAsync(null, Ct));
        Assert.Equal(["taken"], await Policies.ListNamesAsync(PolicyKind.Runtime, Ct));
    }

    [Fact]
    public async Task Says_that_the_agent_exists_although_its_unnamed_policy_does_too()
    {
        await EnrollAsync("a");
        Assert.Equal(AddAgentOutcome.AgentExists, await Agents.AddAsync(Enrollment("a"), new("a", "{}", 1), new("a", null, 0), Ct));
    }

    [Fact]
    public async Task Names_the_taken_policy_before_the_existing_agent()
    {
        await EnrollAsync("a");
        await Policies.AddAsync(PolicyKind.Runtime, new("taken", "{}", 2), Ct);
        Assert.Equal(AddAgentOutcome.RuntimePolicyExists,
            await Agents.AddAsync(Enrollment("a", runtimePolicy: "taken"), new("taken", "{}", 2), new("a", null, 0), Ct));
    }

    [Fact]
    public async Task Adds_one_of_many_who_come_at_once()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            Task.Run(() => Agents.AddAsync(Enrollment("a", runtimePolicy: "p"), new("p", "{}", 2), new("a", null, 0), Ct))));

        Assert.Single(outcomes, AddAgentOutcome.Added);
        // Who comes while the first is at it may have found the one policy absent and then the other present.
        Assert.All(outcomes, outcome => Assert.True(outcome is AddAgentOutcome.Added or AddAgentOutcome.RuntimePolicyExists or AddAgentOutcome.MeasuredBootPolicyExists));
    }

    [Fact]
    public async Task Lists_in_code_point_order_and_by_verifier()
    {
        foreach (var id in (string[])["b", "A", "a", "_"]) await EnrollAsync(id);
        await Agents.AddAsync(Enrollment("z") with { VerifierId = "west" }, new("z", "{}", 1), new("z", null, 0), Ct);

        Assert.Equal(["A", "_", "a", "b", "z"], (await Agents.ListIdsAsync(null, Ct)).Select(id => id.Value));
        Assert.Equal(["z"], (await Agents.ListIdsAsync("west", Ct)).Select(id => id.Value));
        Assert.Equal(["A", "_", "a", "b"], (await Agents.ListAsync("default", Ct)).Select(agent => agent.Enrollment.Id.Value));
        Assert.Equal(5, (await Agents.ListAsync(null, Ct)).Count);
    }

    [Fact]
    public async Task Changes_the_state_on_an_operators_word_and_raises_the_revision()
    {
        var before = await EnrollAsync("a");

        Assert.True(await Agents.ChangeStateAsync(Id("a"), OperationalState.TenantFailed, Ct));
        Assert.False(await Agents.ChangeStateAsync(Id("b"), OperationalState.TenantFailed, Ct));

        var after = (await Agents.FindAsync(Id("a"), Ct))!;
        Assert.Equal(OperationalState.TenantFailed, after.State.OperationalState);
        Assert.True(after.Revision > before.Revision);
    }

    [Fact]
    public async Task Deletes_the_agent_and_the_policies_that_are_its_own()
    {
        await EnrollAsync("a");
        await EnrollAsync("b");
        Assert.Equal(AddAgentOutcome.Added, await Agents.AddAsync(Enrollment("c", runtimePolicy: "b"), null, new("c", null, 0), Ct));

        Assert.True(await Agents.DeleteAsync(Id("a"), Ct));
        Assert.True(await Agents.DeleteAsync(Id("b"), Ct));
        Assert.False(await Agents.DeleteAsync(Id("a"), Ct));

        Assert.Null(await Agents.FindAsync(Id("a"), Ct));
        // c uses what b brought.
        Assert.Equal(["b"], await Policies.ListNamesAsync(PolicyKind.Runtime, Ct));
        Assert.Equal(["c"], await Policies.ListNamesAsync(PolicyKind.MeasuredBoot, Ct));
    }

    [Fact]
    public async Task Gives_a_new_incarnation_a_newer_revision()
    {
        var first = await EnrollAsync("a");
        await Agents.DeleteAsync(Id("a"), Ct);
        Assert.True((await EnrollAsync("a")).Revision > first.Revision);
    }
}

public sealed class SqliteAgentStoreTests : AgentStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());
}

public sealed class PostgresAgentStoreTests : AgentStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();
}
