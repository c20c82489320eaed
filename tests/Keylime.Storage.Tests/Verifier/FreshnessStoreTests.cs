using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Storage.Verifier;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Keylime.Storage.Tests.Verifier;

public abstract class FreshnessStoreTests : VerifierStoreTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly SweepRules Now = new(TimeSpan.Zero, TimeSpan.Zero, WithMessages: true);

    private IFreshnessStore Freshness => Services.GetRequiredService<IFreshnessStore>();
    private IOutboxStore Outbox => Services.GetRequiredService<IOutboxStore>();

    [Fact]
    public async Task Marks_an_agent_once_when_its_deadline_has_passed_and_tells_of_it()
    {
        await PassAsync("a", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10));
        await PassAsync("b", DateTimeOffset.UtcNow, Minute);
        await EnrollAsync("c");

        Assert.Equal((1, "a", 1), Told(await Freshness.SweepAsync(Now, Ct)));
        Assert.Equal((1, "", 0), Told(await Freshness.SweepAsync(Now, Ct)));

        var message = Assert.Single(await Outbox.ReadAsync([7], 10, Ct)).Message;
        Assert.Equal(("stale", "a", ""), (message.Kind, message.AgentId.Value, message.Payload));
        Assert.False((await Agents.FindAsync(Id("a"), Ct))!.IsFresh);
    }

    [Fact]
    public async Task A_good_attestation_takes_the_mark_away()
    {
        await PassAsync("a", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10));
        await Freshness.SweepAsync(Now, Ct);
        await PassAsync("a", DateTimeOffset.UtcNow - TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));

        Assert.Equal((1, "a", 1), Told(await Freshness.SweepAsync(Now, Ct)));
        await PassAsync("a", DateTimeOffset.UtcNow, Minute);
        Assert.Equal((0, "", 0), Told(await Freshness.SweepAsync(Now, Ct)));
    }

    [Fact]
    public async Task Progress_without_a_good_attestation_leaves_the_mark()
    {
        var passed = DateTimeOffset.UtcNow - Minute;
        await PassAsync("a", passed, TimeSpan.FromSeconds(10));
        await Freshness.SweepAsync(Now, Ct);
        await PassAsync("a", passed, TimeSpan.FromSeconds(10));
        Assert.Equal((1, "", 0), Told(await Freshness.SweepAsync(Now, Ct)));
    }

    [Theory]
    [InlineData(OperationalState.Failed)]
    [InlineData(OperationalState.InvalidQuote)]
    [InlineData(OperationalState.TenantFailed)]
    [InlineData(OperationalState.Start)]
    public async Task An_agent_that_is_not_called_attested_does_not_become_stale(OperationalState state)
    {
        await PassAsync("a", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10), state);
        Assert.Equal((0, "", 0), Told(await Freshness.SweepAsync(Now, Ct)));
    }

    [Fact]
    public async Task Writes_no_messages_where_none_are_wanted()
    {
        await PassAsync("a", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10));
        Assert.Equal((1, "a", 1), Told(await Freshness.SweepAsync(Now with { WithMessages = false }, Ct)));
        Assert.Empty(await Outbox.ReadAsync([7], 10, Ct));
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_sweeps()
    {
        await PassAsync("a", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10));
        var reports = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Freshness.SweepAsync(Now with { Period = Minute }, Ct))));
        Assert.Equal((1, "a", 1), Told(Assert.Single(reports, report => report is not null)));
    }

    [Fact]
    public async Task Marks_nobody_until_sweeps_have_gone_on_for_a_while()
    {
        var rules = new SweepRules(Minute, Minute, WithMessages: true);
        await PassAsync("a", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10));
        Assert.Equal((1, "", 0), Told(await Freshness.SweepAsync(rules, Ct)));

        // An outage: the last sweep was long ago.
        await SetSweepAsync(sweptAgo: 10 * Minute, steadyFor: 60 * Minute);
        Assert.Equal((1, "", 0), Told(await Freshness.SweepAsync(rules, Ct)));

        await SetSweepAsync(sweptAgo: 2 * Minute, steadyFor: 3 * Minute);
        Assert.Equal((1, "a", 1), Told(await Freshness.SweepAsync(rules, Ct)));
    }

    [Fact]
    public async Task A_turn_that_was_taken_in_the_future_is_no_turn()
    {
        await Freshness.SweepAsync(Now, Ct);
        await SetSweepAsync(sweptAgo: -60 * Minute, steadyFor: Minute);
        Assert.NotNull(await Freshness.SweepAsync(new(Minute, Minute, WithMessages: false), Ct));
    }

    [Fact]
    public async Task What_a_sweep_names_is_bounded()
    {
        for (var i = 0; i < FreshnessReport.MaxNamed + 2; i++) await PassAsync($"a{i}", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10));
        var report = (await Freshness.SweepAsync(Now, Ct))!;
        Assert.Equal((FreshnessReport.MaxNamed, FreshnessReport.MaxNamed + 2), (report.BecameStale.Count, report.BecameStaleCount));
    }

    [Fact]
    public async Task A_notice_that_its_owner_did_not_tell_is_anybodys()
    {
        await PassAsync("a", DateTimeOffset.UtcNow - Minute, TimeSpan.FromSeconds(10));
        await Freshness.SweepAsync(Now, Ct);
        Assert.Empty(await Outbox.ReadAsync([8], 10, Ct));
        var earlier = DateTimeOffset.UtcNow - Minute;
        await Services.GetRequiredService<StoreContexts<VerifierContext>>().RunAsync(
            db => db.Outbox.ExecuteUpdateAsync(set => set.SetProperty(row => row.CreatedAt, earlier)), Ct);
        Assert.Single(await Outbox.ReadAsync([8], 10, Ct));
    }

    private static (long, string, long) Told(FreshnessReport? report) =>
        (report!.Stale, string.Join(",", report.BecameStale.Select(id => id.Value)), report.BecameStaleCount);

    private async Task PassAsync(string id, DateTimeOffset when, TimeSpan freshFor, OperationalState state = OperationalState.GetQuote)
    {
        var agent = await Agents.FindAsync(Id(id), Ct) ?? await EnrollAsync(id);
        var passed = new AgentState { OperationalState = state, AttestationCount = 1, LastSuccessfulAttestation = when, FreshFor = freshFor };
        Assert.Empty(await States.SaveProgressAsync([new(Id(id), passed, agent.Revision, await OwnAsync(7))], Ct));
    }

    private Task<int> SetSweepAsync(TimeSpan sweptAgo, TimeSpan steadyFor)
    {
        var now = DateTimeOffset.UtcNow;
        return Services.GetRequiredService<StoreContexts<VerifierContext>>().RunAsync(db => db.FreshnessSweep.ExecuteUpdateAsync(
            set => set.SetProperty(row => row.SweptAt, now - sweptAgo).SetProperty(row => row.SteadySince, now - steadyFor)), Ct);
    }
}

public sealed class SqliteFreshnessStoreTests : FreshnessStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => Task.FromResult<TestDatabase>(new SqliteDatabase());
}

public sealed class PostgresFreshnessStoreTests : FreshnessStoreTests
{
    internal override Task<TestDatabase> CreateDatabaseAsync() => PostgresDatabase.CreateAsync();
}
