using System.Diagnostics.Metrics;
using Keylime.Attestation.Agents;
using Keylime.Storage.Tests.Verifier;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests;

public abstract class StatementCounterTests : VerifierStoreTests
{
    [Fact]
    public async Task What_runs_every_second_is_one_statement_each_however_many_agents_there_are()
    {
        var agents = new List<StoredAgent>();
        for (var i = 0; i < 20; i++) agents.Add(await EnrollAsync($"a{i}"));
        var token = await OwnAsync(7);

        Assert.Equal(ProgressStatements, await CountAsync(() => States.SaveProgressAsync(agents.ConvertAll(agent => new AgentWrite(agent.Enrollment.Id, new(), agent.Revision, token)), Ct)));
        Assert.Equal(1, await CountAsync(() => States.ChangedSinceAsync(1, AllShards, Ct)));
    }

    [Fact]
    public async Task A_verdict_is_counted_with_its_messages()
    {
        var agent = await EnrollAsync("a");
        var token = await OwnAsync(7);
        var count = await CountAsync(() => States.SaveVerdictAsync(
            new(Id("a"), new(), agent.Revision, token), [new(OutboxMessage.Revocation, Id("a"), "1"), new(OutboxMessage.Revocation, Id("a"), "2")], Ct));
        Assert.Equal(VerdictStatements, count);
    }

    /// <summary>Statements of a flush.</summary>
    protected abstract int ProgressStatements { get; }
    /// <summary>Statements of a verdict with messages.</summary>
    protected abstract int VerdictStatements { get; }

    private async Task<long> CountAsync(Func<Task> operation)
    {
        long count = 0;
        using var listener = new MeterListener();
        // Other tests count as well, each by a factory of its own.
        listener.InstrumentPublished = (instrument, subscription) =>
        {
            if (instrument.Meter.Scope == Services.GetRequiredService<IMeterFactory>()) subscription.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref count, value));
        listener.Start();
        await operation();
        return count;
    }
}

public sealed class SqliteStatementCounterTests : StatementCounterTests
{
    // With the commit.
    protected override int ProgressStatements => 2;
    protected override int VerdictStatements => 3;

    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());
}

public sealed class PostgresStatementCounterTests : StatementCounterTests
{
    protected override int ProgressStatements => 1;
    protected override int VerdictStatements => 1;

    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();
}
