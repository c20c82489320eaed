using Keylime.Attestation.Agents;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Verifier;

public abstract class OutboxStoreTests : VerifierStoreTests
{
    private IOutboxStore Outbox => Services.GetRequiredService<IOutboxStore>();

    [Fact]
    public async Task Hands_out_what_concerns_the_shards_in_order_until_it_is_deleted()
    {
        await TellAsync("a", 7, "1", "2");
        await TellAsync("b", 8, "1", "2");

        Assert.Equal(["a1", "a2"], Payloads(await Outbox.ReadAsync([7], 10, Ct)));
        Assert.Equal(["a1", "a2", "b1", "b2"], Payloads(await Outbox.ReadAsync([7, 8], 10, Ct)));
        Assert.Equal(["a1"], Payloads(await Outbox.ReadAsync([7, 8], 1, Ct)));
        Assert.Empty(await Outbox.ReadAsync([], 10, Ct));

        await Outbox.DeleteAsync([(await Outbox.ReadAsync([7], 1, Ct))[0].Sequence], Ct);
        Assert.Equal(["a2"], Payloads(await Outbox.ReadAsync([7], 10, Ct)));
        await Outbox.DeleteAsync([], Ct);
    }

    [Fact]
    public async Task What_concerns_an_agent_that_is_gone_is_anybodys()
    {
        await TellAsync("a", 7, "1");
        await Agents.DeleteAsync(Id("a"), Ct);
        Assert.Equal(["a1"], Payloads(await Outbox.ReadAsync([], 10, Ct)));
    }

    private async Task TellAsync(string id, int shard, params string[] numbers)
    {
        var agent = await EnrollAsync(id, shard);
        var messages = Array.ConvertAll(numbers, number => new OutboxMessage("revocation", agent.Enrollment.Id, id + number));
        Assert.Null(await States.SaveVerdictAsync(new(agent.Enrollment.Id, agent.State, agent.Revision, await OwnAsync(shard)), messages, Ct));
    }

    private static IEnumerable<string> Payloads(IReadOnlyList<StoredMessage> messages) => messages.Select(stored => stored.Message.Payload);
}

public sealed class SqliteOutboxStoreTests : OutboxStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());
}

public sealed class PostgresOutboxStoreTests : OutboxStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();
}
