using System.Collections.Concurrent;
using System.Text.Json;
using Keylime.Protocol;
using Keylime.Storage;
using Keylime.Verifier.Revocation;
using Keylime.Verifier.Tests.Revocation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Keylime.Verifier.Tests.Faults;

/// <summary>A database that is there, and refuses something: one agent's state, one row, one table.</summary>
public sealed class DatabaseFaultTests : IDisposable
{
    private readonly TestSite _site = TestSite.OnSqlite();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("NEW.attestation_count > 1 OR NEW.operational_state = 9", false)]
    [InlineData("NEW.operational_state = 9", true)]
    public async Task A_state_that_is_refused_keeps_no_other_from_being_written_and_is_written_when_it_can_be(string refused, bool isVerdict)
    {
        await using var verifier = await TestVerifier.StartAsync(_site);
        await using var poison = await verifier.StartAgentAsync("poison");
        await using var good = await verifier.StartAgentAsync("good");
        _site.Sql($"CREATE TRIGGER refusal BEFORE UPDATE ON agent_states WHEN NEW.agent_id = 'poison' AND ({refused}) BEGIN SELECT RAISE(ABORT, 'refused'); END");
        await verifier.AddAsync(poison, TestAgent.PolicyFor());
        await verifier.AddAsync(good, TestAgent.PolicyFor());
        await verifier.WaitAttestedAsync("poison");
        await verifier.WaitAttestedAsync("good");
        if (isVerdict) poison.Measure("/bin/a", "/bin/a");
        await Eventually.True(() => verifier.Log.Has(EventIds.StateUnwritable));

        var count = (await verifier.StatusAsync("good")).AttestationCount;
        await verifier.WaitAsync("good", status => status.AttestationCount > count + 5);
        good.Measure("/bin/a", "/bin/a");
        Assert.Equal(9, (await verifier.WaitFailedAsync("good")).OperationalState);
        Assert.NotEqual(9, (await verifier.StatusAsync("poison")).OperationalState);

        _site.Sql("DROP TRIGGER refusal");
        if (!isVerdict)
        {
            await verifier.WaitAsync("poison", status => status.AttestationCount > 2);
            poison.Measure("/bin/a", "/bin/a");
        }
        Assert.Equal("ima.validation.ima-ng.not_in_allowlist", (await verifier.WaitFailedAsync("poison")).LastEventId);
    }

    [Theory]
    [InlineData("UPDATE agents SET accept_hash_algorithms = '[' WHERE agent_id = 'bad'", 902)]
    [InlineData("UPDATE agent_states SET fresh_for_milliseconds = 9223372036854775807 WHERE agent_id = 'bad'", 902)]
    [InlineData("PRAGMA foreign_keys = OFF; UPDATE agents SET agent_id = 'no id' WHERE agent_id = 'bad'; UPDATE agent_states SET agent_id = 'no id' WHERE agent_id = 'bad'", 903)]
    public async Task A_row_that_cannot_be_read_is_left_out_and_the_others_are_taken_up_and_listed(string damage, int eventId)
    {
        await using var good = await EnrollTwoAsync();
        _site.Sql(damage);

        await using var verifier = await TestVerifier.StartAsync(_site);

        var count = (await verifier.StatusAsync("good")).AttestationCount;
        await verifier.WaitAsync("good", status => status.AttestationCount > count + 3);
        Assert.True(verifier.Log.Has(eventId));
        Assert.Equal(["good"], (await verifier.GetAsync("/v2.6/agents/?bulk=true")).Results.EnumerateObject().Select(agent => agent.Name));
        Assert.Contains("good", (await verifier.GetAsync("/v2.6/agents/")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agent_deletions", EventIds.ShardStepFault)]
    [InlineData("freshness_sweep", EventIds.SweepFault)]
    [InlineData("leases", EventIds.LeaseStepFault)]
    [InlineData("outbox", EventIds.RelayFault)]
    public async Task A_loop_that_meets_a_fault_tells_and_goes_on(string table, int eventId)
    {
        await using var verifier = await TestVerifier.StartAsync(_site);
        await using var good = await verifier.StartAgentAsync("good");
        await using var later = await verifier.StartAgentAsync("later");
        await verifier.AddAsync(good);
        await verifier.WaitAttestedAsync("good");

        _site.Sql($"ALTER TABLE {table} RENAME TO elsewhere");
        verifier.Services.GetRequiredService<OutboxBell>().Ring();
        await Eventually.True(() => verifier.Log.Has(eventId));
        var count = (await verifier.StatusAsync("good")).AttestationCount;
        await verifier.WaitAsync("good", status => status.AttestationCount > count + 3);
        _site.Sql($"ALTER TABLE elsewhere RENAME TO {table}");

        await verifier.AddAsync(later);
        await verifier.WaitAttestedAsync("later");
        Assert.Equal(LogLevel.Error, verifier.Log.Entries.First(entry => entry.Id == eventId).Level);
    }

    [Fact]
    public async Task Messages_that_cannot_be_told_hold_up_none_behind_them()
    {
        var posts = new ConcurrentQueue<string>();
        await using var webhook = await TestWebhook.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            posts.Enqueue(await reader.ReadToEndAsync());
        });
        await using var verifier = await TestVerifier.StartAsync(_site,
            ("revocations_enabled_revocation_notifications", "['agent', 'webhook']"), ("revocations_webhook_url", webhook.Urls.Single()));
        await using var bad = await verifier.StartAgentAsync("bad");
        await using var other = await verifier.StartAgentAsync("other");
        await verifier.AddAsync(bad, TestAgent.PolicyFor(), ("revocation_key", Samples.RsaKey));
        await verifier.AddAsync(other);
        await verifier.WaitAttestedAsync("bad");
        await verifier.WaitAttestedAsync("other");
        _site.Sql("INSERT INTO outbox (kind, agent_id, payload) VALUES ('stale', 'no id', ''), ('revocation', 'gone', '{'), ('revocation', 'no id', '{}')");

        bad.Measure("/bin/a", "/bin/a");

        await Eventually.True(() => other.Notifications.Count > 0);
        Assert.True(verifier.Log.Has(EventIds.MessagePassedOver));
        // One that is told twice does no harm.
        Assert.Equal(["{", "{}", other.Notifications[0].Msg], posts.Distinct().Select(post => post.Length < 3 ? post : JsonDocument.Parse(post).RootElement.GetProperty("msg").GetString()));
        var count = (await verifier.StatusAsync("other")).AttestationCount;
        await verifier.WaitAsync("other", status => status.AttestationCount > count + 3);
    }

    private async Task<TestAgent> EnrollTwoAsync()
    {
        await using var verifier = await TestVerifier.StartAsync(_site);
        await using var bad = await verifier.StartAgentAsync("bad");
        var good = await verifier.StartAgentAsync("good");
        await verifier.AddAsync(bad);
        await verifier.AddAsync(good);
        await verifier.WaitAttestedAsync("bad");
        await verifier.WaitAttestedAsync("good");
        return good;
    }
}
