using System.Net;
using Keylime.Protocol;
using Keylime.Testing;

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
}
