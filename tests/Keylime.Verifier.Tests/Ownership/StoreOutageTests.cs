using System.Net;
using Keylime.Protocol;
using Keylime.Testing;
using Keylime.Verifier.Attestation;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Keylime.Verifier.Tests.Ownership;

public sealed class StoreOutageTests
{
    [Fact]
    public async Task Attestation_goes_on_without_the_database_and_nothing_is_lost_when_it_returns()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var site = TestSite.On(await postgres.CreateDatabaseAsync());
        await using var verifier = await TestVerifier.StartAsync(site);
        await using var good = await verifier.StartAgentAsync("good");
        await using var bad = await verifier.StartAgentAsync("bad");
        await verifier.AddAsync(good, TestAgent.PolicyFor());
        await verifier.AddAsync(bad, TestAgent.PolicyFor());
        await verifier.WaitAttestedAsync("good");
        var before = await verifier.WaitAttestedAsync("bad");

        await postgres.PauseAsync();
        bad.Measure("/bin/a", "/bin/a");
        // From now on each of its answers tells of it, and after the first it is asked no more.
        var (asked, told) = (good.Answered, bad.Answered);
        await Eventually.True(() => good.Answered > asked + 5 && bad.Answered > told);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await verifier.GetAsync("/v2.6/agents/good")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/new", AddRequest.Blank())).Status);
        var badAsked = bad.Answered;
        await postgres.ResumeAsync();

        var failed = await verifier.WaitFailedAsync("bad");
        Assert.Equal((9, "ima.validation.ima-ng.not_in_allowlist"), (failed.OperationalState, failed.LastEventId));
        Assert.True(failed.AttestationCount >= before.AttestationCount);
        Assert.Equal(badAsked, bad.Answered); // the verdict fell during the outage and was kept
        await verifier.WaitAsync("good", status => status.TrustState == TrustState.Attested && status.AttestationCount > asked + 5);
    }

    [Fact]
    public async Task A_verdict_that_a_fail_over_has_lost_is_written_again()
    {
        await using var postgres = await PostgresServer.StartAsync();
        using var site = TestSite.On(await postgres.CreateDatabaseAsync());
        await using var verifier = await TestVerifier.StartAsync(site);
        await using var bad = await verifier.StartAgentAsync("bad");
        await verifier.AddAsync(bad, TestAgent.PolicyFor());
        await verifier.WaitAttestedAsync("bad");
        bad.WrongNonce = true;
        var failed = await verifier.WaitFailedAsync("bad");

        // As the standby has it that takes over: from before the verdict.
        await using var database = NpgsqlDataSource.Create(site.Database!);
        await using (var forget = database.CreateCommand($"UPDATE agent_states SET operational_state = {(int)OperationalState.GetQuote}, severity_level = NULL, last_event_id = NULL, reason = NULL"))
            await forget.ExecuteNonQueryAsync();
        await postgres.PauseAsync();
        await Eventually.True(() => !verifier.Services.GetRequiredService<StoreWatch>().IsReachable);
        await postgres.ResumeAsync();

        var again = await verifier.WaitFailedAsync("bad");
        Assert.Equal((failed.LastEventId, failed.SeverityLevel, failed.Reason, failed.AttestationCount), (again.LastEventId, again.SeverityLevel, again.Reason, again.AttestationCount));
    }
}
