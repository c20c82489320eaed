using Keylime.Protocol;

namespace Keylime.Verifier.Tests.Ownership;

public sealed class RestartTests
{
    [Fact]
    public async Task A_restarted_verifier_goes_on_where_it_was()
    {
        using var site = TestSite.OnSqlite();
        TestAgent good, bad;
        long count;
        await using (var before = await TestVerifier.StartAsync(site))
        {
            (good, bad) = (await before.StartAgentAsync("good"), await before.StartAgentAsync("bad"));
            good.Measure("/bin/a", "/bin/a");
            await before.AddAsync(good, TestAgent.PolicyFor("/bin/a"));
            await before.AddAsync(bad, TestAgent.PolicyFor());
            bad.Measure("/bin/a", "/bin/a");
            await before.WaitFailedAsync("bad");
            count = (await before.WaitAsync("good", status => status.AttestationCount > 2)).AttestationCount;
        }
        await using var _ = good;
        await using var __ = bad;
        var (goodRequests, badRequests) = (good.Requests.Count, bad.Requests.Count);

        await using var after = await TestVerifier.StartAsync(site);
        await Eventually.True(() => good.Requests.Count > goodRequests + 2);

        var status = await after.WaitAsync("good", status => status.AttestationCount > count + 2 && status.TrustState == TrustState.Attested);
        Assert.Equal(3, status.OperationalState);
        Assert.Equal("2", good.Requests[goodRequests]["ima_ml_entry"]); // nothing is replayed
        Assert.Equal(badRequests, bad.Requests.Count); // what has failed stays so
        Assert.Equal(9, (await after.StatusAsync("bad")).OperationalState);
    }
}
