using Keylime.Attestation.Agents;

namespace Keylime.Storage.Tests.Verifier;

public abstract class PolicyStoreTests : VerifierStoreTests
{
    [Theory]
    [InlineData(PolicyKind.Runtime)]
    [InlineData(PolicyKind.MeasuredBoot)]
    public async Task Adds_finds_lists_updates_and_deletes(PolicyKind kind)
    {
        Assert.Null(await Policies.FindAsync(kind, "p", Ct));
        Assert.False(await Policies.UpdateAsync(kind, new("p", "{}", 2), Ct));
        Assert.True(await Policies.AddAsync(kind, new("p", "{}", 2), Ct));
        Assert.False(await Policies.AddAsync(kind, new("p", "[]", 2), Ct));
        Assert.True(await Policies.AddAsync(kind, new("P", null, 0), Ct));

        Assert.Equal(new("p", "{}", 2, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"), await Policies.FindAsync(kind, "p", Ct));
        Assert.Equal(["P", "p"], await Policies.ListNamesAsync(kind, Ct));
        var other = kind is PolicyKind.Runtime ? PolicyKind.MeasuredBoot : PolicyKind.Runtime;
        Assert.Empty(await Policies.ListNamesAsync(other, Ct));

        Assert.True(await Policies.UpdateAsync(kind, new("p", "[]", 3), Ct));
        Assert.Equal(new("p", "[]", 3, "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"), await Policies.FindAsync(kind, "p", Ct));

        Assert.Equal(new(Deleted: true, UsedBy: null), await Policies.DeleteAsync(kind, "p", Ct));
        Assert.Equal(new(Deleted: false, UsedBy: null), await Policies.DeleteAsync(kind, "p", Ct));
    }

    [Fact]
    public async Task Keeps_a_policy_that_agents_use_and_names_one()
    {
        await Policies.AddAsync(PolicyKind.Runtime, new("p", "{}", 2), Ct);
        await Policies.AddAsync(PolicyKind.MeasuredBoot, new("p", "{}", 0), Ct);
        foreach (var id in (string[])["b", "a"]) await Agents.AddAsync(Enrollment(id, runtimePolicy: "p"), null, new(id, null, 0), Ct);

        Assert.Equal(new(Deleted: false, UsedBy: Id("a")), await Policies.DeleteAsync(PolicyKind.Runtime, "p", Ct));
        Assert.Equal(new(Deleted: true, UsedBy: null), await Policies.DeleteAsync(PolicyKind.MeasuredBoot, "p", Ct));
    }

    [Fact]
    public async Task Holds_twenty_megabytes()
    {
        var text = new string('ö', 10 * 1024 * 1024);
        await Policies.AddAsync(PolicyKind.Runtime, new("large", text, 2), Ct);
        Assert.Equal(text, (await Policies.FindAsync(PolicyKind.Runtime, "large", Ct))!.Text);
    }

    [Fact]
    public async Task No_agent_is_enrolled_with_a_policy_that_goes_at_the_same_time()
    {
        for (var round = 0; round < 20; round++)
        {
            await Policies.AddAsync(PolicyKind.Runtime, new("p", "{}", 2), Ct);
            var adding = Task.Run(() => Agents.AddAsync(Enrollment($"a-{round}", runtimePolicy: "p"), null, new($"a-{round}", null, 0), Ct));
            var deleting = Task.Run(() => Policies.DeleteAsync(PolicyKind.Runtime, "p", Ct));
            await Task.WhenAll(adding, deleting);

            var added = await adding is AddAgentOutcome.Added;
            Assert.NotEqual(added, (await deleting).Deleted);
            if (added) await Agents.DeleteAsync(Id($"a-{round}"), Ct);
        }
    }

    [Fact]
    public async Task No_agent_keeps_the_old_text_of_a_policy_that_changes_while_it_is_enrolled()
    {
        await Policies.AddAsync(PolicyKind.Runtime, new("p", "0", 2), Ct);
        for (var round = 1; round <= 20; round++)
        {
            var cursor = await States.ReadCursorAsync(Ct);
            var id = $"a-{round}";
            var adding = Task.Run(() => Agents.AddAsync(Enrollment(id, runtimePolicy: "p"), null, new(id, null, 0), Ct));
            var updating = Task.Run(() => Policies.UpdateAsync(PolicyKind.Runtime, new("p", $"{round}", 2), Ct));
            await adding;
            var early = await Agents.FindAsync(Id(id), Ct);
            await updating;
            // Who read the agent with the old text is told of a newer revision.
            var newest = (await Policies.FindAsync(PolicyKind.Runtime, "p", Ct))!.ContentHash;
            Assert.Single((await States.ChangedSinceAsync(cursor, AllShards, Ct)).Changed, change => change.Id == Id(id));
            var told = Assert.Single(await States.LoadAgentsAsync([Id(id)], Ct));
            Assert.Equal(newest, told.RuntimePolicy.ContentHash);
            if (early!.RuntimePolicy.ContentHash != newest) Assert.True(told.Revision > early.Revision);
        }
    }
}

public sealed class SqlitePolicyStoreTests : PolicyStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());
}

public sealed class PostgresPolicyStoreTests : PolicyStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();
}
