using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Sharding;
using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Verifier;

public abstract class AgentStateStoreTests : VerifierStoreTests
{
    private static readonly AgentState Attested = new()
    {
        OperationalState = OperationalState.GetQuote,
        AttestationCount = 3,
        LastReceivedQuote = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        LastSuccessfulAttestation = new(2026, 1, 2, 3, 4, 5, 679, TimeSpan.Zero),
        FreshFor = TimeSpan.FromSeconds(10),
        EffectiveInterval = TimeSpan.FromMilliseconds(2345),
        HashAlgorithm = "sha256",
        EncryptionAlgorithm = "rsa2048",
        SigningAlgorithm = "rsassa",
        PayloadPublicKey = "-----BEGIN PUBLIC KEY-----",
        NegotiatedVersion = "2.5",
        SeverityLevel = 6,
        LastEventId = "ima.pcr_mismatch",
        Reason = "it's \"bad\" ö",
        AppraisalState = new byte[] { 0, 1, 255 },
    };

    [Fact]
    public async Task Raises_epochs_and_names_the_owner()
    {
        await EnrollAsync("a", shard: 2);
        var first = (await States.RaiseEpochsAsync([2, 1], "verifier-0", Ct)).ToDictionary(token => token.Shard);
        var second = (await States.RaiseEpochsAsync([2, 3], "verifier-1", Ct)).ToDictionary(token => token.Shard);
        Assert.Equal([1, 2], first.Keys.Order());
        Assert.Equal([2, 3], second.Keys.Order());
        Assert.True(second[2].Epoch > first[2].Epoch);
        Assert.Equal("verifier-1", (await Agents.FindAsync(Id("a"), Ct))!.Owner);
        Assert.Empty(await States.RaiseEpochsAsync([], "verifier-1", Ct));
    }

    [Fact]
    public async Task Gives_out_no_epoch_again_that_a_backup_has_forgotten()
    {
        var agent = await EnrollAsync("a", shard: 1);
        var kept = await OwnAsync(1);
        var (paused, lost) = (await OwnAsync(1, "verifier-1"), await OwnAsync(1, "verifier-2"));
        // The database is put back to how it was after the first. A restore takes longer than a clock's tick; this does not.
        while (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000 <= lost.Epoch) await Task.Yield();
        await Services.GetRequiredService<StoreContexts<VerifierContext>>().RunAsync(
            db => db.Shards.ExecuteUpdateAsync(set => set.SetProperty(row => row.Epoch, kept.Epoch).SetProperty(row => row.Owner, "verifier-0"), Ct), Ct);

        await OwnAsync(1, "verifier-2");
        await OwnAsync(1, "verifier-2");
        foreach (var token in new[] { kept, paused, lost })
            Assert.Equal([new(Id("a"), RefusalReason.Fenced)], await States.SaveProgressAsync([new(Id("a"), Attested, agent.Revision, token)], Ct));
    }

    [Fact]
    public async Task Renews_the_epochs_that_nobody_else_has_raised_and_refuses_what_comes_late()
    {
        var agent = await EnrollAsync("a", shard: 1);
        var old = (await States.RaiseEpochsAsync([1, 2], "verifier-0", Ct)).Single(token => token.Shard == 1);
        await States.RaiseEpochsAsync([2], "verifier-1", Ct);

        var renewed = await States.RenewEpochsAsync([1, 2, 3], "verifier-0", Ct);

        Assert.Equal([new(1, old.Epoch + 1)], renewed);
        Assert.Equal([new(Id("a"), RefusalReason.Fenced)], await States.SaveProgressAsync([new(Id("a"), Attested, agent.Revision, old)], Ct));
        Assert.Empty(await States.SaveProgressAsync([new(Id("a"), Attested, agent.Revision, renewed[0])], Ct));
        Assert.Empty(await States.RenewEpochsAsync([], "verifier-0", Ct));
    }

    [Fact]
    public async Task Shows_the_newest_epochs_of_shards_that_have_had_an_owner()
    {
        await OwnAsync(1);
        var raised = await States.RaiseEpochsAsync([1, 2], "verifier-1", Ct);
        Assert.Equal(raised.OrderBy(token => token.Shard), (await States.ReadEpochsAsync([1, 2, 3], Ct)).OrderBy(token => token.Shard));
    }

    [Fact]
    public async Task Tells_the_owners_instance_and_keeps_its_process_to_itself()
    {
        await EnrollAsync("a", shard: 2);
        await OwnAsync(2, new Keylime.Sharding.LeaseOwner("verifier-7", Guid.NewGuid()).ToString());
        Assert.Equal("verifier-7", (await Agents.FindAsync(Id("a"), Ct))!.Owner);
    }

    [Fact]
    public async Task Loads_the_agents_of_its_shards_only()
    {
        await EnrollAsync("a", shard: 1);
        await EnrollAsync("b", shard: 2);
        await EnrollAsync("c", shard: 3);
        Assert.Equal(["a", "c"], (await States.LoadAsync([1, 3], Ct)).Select(agent => agent.Enrollment.Id.Value).Order());
        Assert.Empty(await States.LoadAsync([], Ct));
    }

    [Fact]
    public async Task Gives_back_the_progress_that_was_saved()
    {
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);

        Assert.Empty(await States.SaveProgressAsync([new(Id("a"), Attested, agent.Revision, token)], Ct));

        var stored = (await Agents.FindAsync(Id("a"), Ct))!;
        Assert.Equivalent(Attested, stored.State, strict: true);
        Assert.Equal(Attested.AppraisalState.ToArray(), stored.State.AppraisalState.ToArray());
        Assert.Equal(agent.Revision, stored.Revision);
    }

    [Theory]
    [InlineData(0x0000, "a\uFFFDb")]
    [InlineData(0xD83D, "a\uFFFDb")]
    [InlineData(0xDE00, "a\uFFFDb")]
    [InlineData(0x20AC, "a\u20ACb")]
    public async Task Takes_any_text_that_an_agent_may_have_made(int unit, string stored)
    {
        var text = $"a{(char)unit}b";
        var agent = await EnrollAsync("a");
        var state = Attested with
        {
            HashAlgorithm = text,
            EncryptionAlgorithm = text,
            SigningAlgorithm = text,
            PayloadPublicKey = text,
            NegotiatedVersion = text,
            LastEventId = text,
            Reason = text,
        };
        var write = new AgentWrite(Id("a"), state, agent.Revision, await OwnAsync(7));

        Assert.Empty(await States.SaveProgressAsync([write], Ct));
        Assert.Null(await States.SaveVerdictAsync(write, [new("revocation", Id("a"), text)], Ct));

        var read = (await Agents.FindAsync(Id("a"), Ct))!.State;
        Assert.All([read.HashAlgorithm, read.EncryptionAlgorithm, read.SigningAlgorithm, read.PayloadPublicKey, read.NegotiatedVersion, read.LastEventId, read.Reason],
            column => Assert.Equal(stored, column));
        var message = Assert.Single(await Services.GetRequiredService<IOutboxStore>().ReadAsync([7], 10, Ct));
        Assert.Equal(stored, message.Message.Payload);
    }

    [Fact]
    public async Task Saves_what_it_may_and_says_why_not_the_rest()
    {
        var mine = await EnrollAsync("mine", shard: 1);
        var taken = await EnrollAsync("taken", shard: 2);
        var stopped = await EnrollAsync("stopped", shard: 1);
        var gone = await EnrollAsync("gone", shard: 1);
        var tokens = (await States.RaiseEpochsAsync([1, 2], "verifier-0", Ct)).ToDictionary(token => token.Shard);
        await OwnAsync(2, "verifier-1");
        await Agents.ChangeStateAsync(Id("stopped"), OperationalState.TenantFailed, Ct);
        await Agents.DeleteAsync(Id("gone"), Ct);

        var refused = await States.SaveProgressAsync(
            [.. new[] { mine, taken, stopped, gone }.Select(agent => new AgentWrite(
                agent.Enrollment.Id, Attested, agent.Revision, tokens[agent.Enrollment.Shard]))], Ct);

        Assert.Equal(
            [new(Id("gone"), RefusalReason.Changed), new(Id("stopped"), RefusalReason.Changed), new(Id("taken"), RefusalReason.Fenced)],
            refused.OrderBy(write => write.Id));
        Assert.Equal(3, (await Agents.FindAsync(Id("mine"), Ct))!.State.AttestationCount);
        Assert.Equal(0, (await Agents.FindAsync(Id("taken"), Ct))!.State.AttestationCount);
        Assert.Equal(OperationalState.TenantFailed, (await Agents.FindAsync(Id("stopped"), Ct))!.State.OperationalState);
    }

    [Theory]
    [InlineData(7, 7, -1)] // an older epoch
    [InlineData(7, 7, 1)] // an epoch that was never given
    [InlineData(8, 7, 0)] // a shard that nobody owned yet
    [InlineData(9, 9, 0)] // the epoch of a shard that the agent is not in
    public async Task Refuses_a_token_that_is_not_the_newest_of_the_agents_shard(int shard, int epochOf, int difference)
    {
        var agent = await EnrollAsync("a", shard: 7);
        var epochs = (await States.RaiseEpochsAsync([7, 9], "verifier-0", Ct)).ToDictionary(token => token.Shard, token => token.Epoch);
        var write = new AgentWrite(Id("a"), Attested, agent.Revision, new FencingToken(shard, epochs[epochOf] + difference));

        Assert.NotNull(await States.SaveVerdictAsync(write, [], Ct));
        Assert.Single(await States.SaveProgressAsync([write], Ct));
        Assert.Equal(0, (await Agents.FindAsync(Id("a"), Ct))!.State.AttestationCount);
    }

    [Fact]
    public async Task Writes_a_verdict_together_with_its_messages_or_neither()
    {
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);
        var failed = Attested with { OperationalState = OperationalState.InvalidQuote };
        OutboxMessage[] messages = [new("revocation", Id("a"), """{"n":1}"""), new("event", Id("a"), """{"n":2}""")];

        Assert.Null(await States.SaveVerdictAsync(new(Id("a"), failed, agent.Revision, token), messages, Ct));
        Assert.Equal(new(Id("a"), RefusalReason.Changed),
            await States.SaveVerdictAsync(new(Id("a"), Attested, agent.Revision - 1, token), messages, Ct));

        Assert.Equal(OperationalState.InvalidQuote, (await Agents.FindAsync(Id("a"), Ct))!.State.OperationalState);
        var contexts = Services.GetRequiredService<StoreContexts<Keylime.Storage.Verifier.VerifierContext>>();
        var sent = await contexts.RunAsync(db => db.Outbox.OrderBy(row => row.Sequence).ToListAsync(), Ct);
        Assert.Equal(messages, sent.Select(row => new OutboxMessage(row.Kind, row.AgentId, row.Payload)));
    }

    [Fact]
    public async Task Judges_freshness_on_the_databases_clock()
    {
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);
        async Task<bool> IsFreshAfterAsync(DateTimeOffset? success, TimeSpan freshFor, TimeSpan ago = default)
        {
            var state = Attested with { LastSuccessfulAttestation = success, FreshFor = freshFor };
            Assert.Empty(await States.SaveProgressAsync([new(Id("a"), state, agent.Revision, token) { SucceededAgo = ago }], Ct));
            return (await Agents.FindAsync(Id("a"), Ct))!.IsFresh;
        }
        var now = TimeProvider.System.GetUtcNow();

        Assert.False(await IsFreshAfterAsync(null, TimeSpan.FromHours(1)));
        Assert.False(await IsFreshAfterAsync(now.AddHours(-2), TimeSpan.FromHours(1)));
        // A write without a new success lengthens nothing, whatever it says.
        Assert.False(await IsFreshAfterAsync(now.AddHours(-2), TimeSpan.FromHours(9)));
        Assert.True(await IsFreshAfterAsync(now.AddMinutes(-1), TimeSpan.FromHours(1)));
        // A clock that is ahead gains nothing: the database's now counts.
        Assert.False(await IsFreshAfterAsync(now.AddHours(3), TimeSpan.FromHours(-1)));
        // Nor does it by being written late: how long ago it was is measured otherwise.
        Assert.False(await IsFreshAfterAsync(now.AddHours(4), TimeSpan.FromHours(1), ago: TimeSpan.FromHours(2)));
        Assert.True(await IsFreshAfterAsync(now.AddHours(5), TimeSpan.FromHours(3), ago: TimeSpan.FromHours(2)));
        Assert.False(await IsFreshAfterAsync(null, TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task Tells_changes_and_deletions_after_a_cursor()
    {
        await EnrollAsync("before");
        var cursor = await ReadSettledCursorAsync();

        await EnrollAsync("added");
        await EnrollAsync("deleted");
        await EnrollAsync("stopped");
        await Agents.ChangeStateAsync(Id("stopped"), OperationalState.TenantFailed, Ct);
        await Agents.DeleteAsync(Id("deleted"), Ct);
        var changes = await States.ChangedSinceAsync(cursor, AllShards, Ct);

        Assert.Equal(["added", "stopped"], changes.Changed.Select(change => change.Id.Value));
        Assert.Equal([Id("deleted")], changes.Deleted);
        // Told once, or until every transaction that ran at the time is over.
        for (var next = changes; next is not { Changed: [], Deleted: [] };) next = await States.ChangedSinceAsync(next.Cursor, AllShards, Ct);

        var all = await States.ChangedSinceAsync(AgentChanges.None.Cursor, AllShards, Ct);
        Assert.Equal(["before", "added", "stopped"], all.Changed.Select(change => change.Id.Value));
    }

    [Fact]
    public async Task Tells_of_an_agent_that_came_back_only_that_it_is_there()
    {
        await EnrollAsync("a");
        var cursor = await ReadSettledCursorAsync();
        await Agents.DeleteAsync(Id("a"), Ct);
        await EnrollAsync("a");

        var changes = await States.ChangedSinceAsync(cursor, AllShards, Ct);

        Assert.Single(changes.Changed);
        Assert.Empty(changes.Deleted);
    }

    [Fact]
    public async Task Tells_changes_of_the_wanted_shards_only_and_loads_what_there_is_of_them()
    {
        await EnrollAsync("a", shard: 1);
        await EnrollAsync("b", shard: 2);
        var cursor = AgentChanges.None.Cursor;
        Assert.Equal([Id("b")], (await States.ChangedSinceAsync(cursor, [2, 3], Ct)).Changed.Select(change => change.Id));
        Assert.Empty((await States.ChangedSinceAsync(cursor, [], Ct)).Changed);
        Assert.Equal([Id("a")], (await States.LoadAgentsAsync([Id("a"), Id("gone")], Ct)).Select(agent => agent.Enrollment.Id));
    }

    [Fact]
    public async Task Progress_is_no_operator_change()
    {
        var agent = await EnrollAsync("a");
        var cursor = await ReadSettledCursorAsync();
        await States.SaveProgressAsync([new(Id("a"), Attested, agent.Revision, await OwnAsync(7))], Ct);
        Assert.Empty((await States.ChangedSinceAsync(cursor, AllShards, Ct)).Changed);
    }

    [Fact]
    public async Task Tells_everything_when_an_older_database_took_the_place_of_the_one_the_cursor_is_from()
    {
        await EnrollAsync("a");
        var changes = await States.ChangedSinceAsync(long.MaxValue, AllShards, Ct);
        Assert.Single(changes.Changed);
        Assert.True(changes.Cursor < long.MaxValue);
    }

    [Fact]
    public async Task A_policy_update_is_a_change_of_the_agents_that_use_it()
    {
        await Policies.AddAsync(PolicyKind.Runtime, new("p", "{}", 2), Ct);
        await Agents.AddAsync(Enrollment("user", runtimePolicy: "p"), null, new("user", null, 0), Ct);
        await EnrollAsync("other");
        var cursor = await ReadSettledCursorAsync();
        var before = (await Agents.FindAsync(Id("user"), Ct))!.Revision;
        Assert.Empty(await States.SaveProgressAsync([new(Id("user"), Attested, before, await OwnAsync(7))], Ct));

        Assert.True(await Policies.UpdateAsync(PolicyKind.Runtime, new("p", """{"new":1}""", 2), Ct));

        var change = Assert.Single((await States.ChangedSinceAsync(cursor, AllShards, Ct)).Changed);
        var changed = Assert.Single(await States.LoadAgentsAsync([change.Id], Ct));
        Assert.Equal((Id("user"), change.Revision), (changed.Enrollment.Id, changed.Revision));
        Assert.True(changed.Revision > before);
        // What the old text let pass counts no more, also when nobody has the agent in memory.
        Assert.True(changed.State.AppraisalState.IsEmpty);
        Assert.Equal(Attested.AttestationCount, changed.State.AttestationCount);
    }

    [Fact]
    public async Task A_new_owner_sees_every_write_that_was_accepted_from_the_old_one()
    {
        const int Rounds = 60;
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);
        var accepted = 0L;
        for (var round = 1; round <= Rounds; round++)
        {
            var write = new AgentWrite(Id("a"), Attested with { AttestationCount = accepted + 1 }, agent.Revision, token);
            var saving = Task.Run(() => States.SaveProgressAsync([write], Ct));
            var taking = Task.Run(async () =>
            {
                var newer = await OwnAsync(7, $"verifier-{round}");
                return (Token: newer, Seen: Assert.Single(await States.LoadAsync([7], Ct)));
            });
            var (newToken, seen) = await taking;
            if ((await saving).Count == 0) accepted++;
            // What is not in the new owner's eyes must not come later.
            Assert.Equal(accepted, seen.State.AttestationCount);
            token = newToken;
        }
    }

    [Fact]
    public async Task Many_writers_of_overlapping_batches_all_get_an_answer()
    {
        var agents = new List<StoredAgent>();
        for (var i = 0; i < 20; i++) agents.Add(await EnrollAsync($"agent-{i}", shard: i % 4));
        var tokens = (await States.RaiseEpochsAsync([0, 1, 2, 3], "verifier-0", Ct)).ToDictionary(token => token.Shard);

        async Task FlushAsync(int seed)
        {
            var writes = agents.Skip(seed).Concat(agents.Take(seed))
                .Select(agent => new AgentWrite(agent.Enrollment.Id, Attested, agent.Revision, tokens[agent.Enrollment.Shard])).ToList();
            for (var i = 0; i < 10; i++) Assert.Empty(await States.SaveProgressAsync(writes, Ct));
        }
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() => FlushAsync(writer * 5))));

        Assert.All(await Agents.ListAsync(null, Ct), agent => Assert.Equal(3, agent.State.AttestationCount));
    }
}

public sealed class SqliteAgentStateStoreTests : AgentStateStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());
}

public sealed class PostgresAgentStateStoreTests : AgentStateStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();
}
