using System.Net;
using System.Security.Cryptography;
using Keylime.Protocol;
using Keylime.Testing;

namespace Keylime.Verifier.Tests.Faults;

/// <summary>What one agent, or the operator who enrols one, can do to the others: nothing.</summary>
public sealed class HostileAgentTests
{
    [Fact]
    public async Task An_agent_that_resets_every_connection_at_once_fails_and_the_others_are_attested_on()
    {
        using var site = TestSite.OnSqlite();
        await using var verifier = await TestVerifier.StartAsync(site, ("max_retries", "30"));
        await using var good = await verifier.StartAgentAsync("good");
        await using var hostile = new ResettingPeer();
        await verifier.AddAsync(good);
        Assert.Equal(HttpStatusCode.OK, (await verifier.SendAsync(HttpMethod.Post, "/v2.6/agents/hostile", AddRequest.Blank(("cloudagent_port", hostile.Port)))).Status);

        var failed = await verifier.WaitFailedAsync("hostile");

        Assert.Equal((7, "internal.verifier.not_reachable"), (failed.OperationalState, failed.LastEventId));
        var count = (await verifier.StatusAsync("good")).AttestationCount;
        await verifier.WaitAsync("good", status => status.AttestationCount > count + 3 && status.TrustState == TrustState.Attested);
        Assert.DoesNotContain(verifier.Log.Entries, entry => entry.Id is EventIds.ExchangeFault or EventIds.RoundFault);
    }

    [Fact]
    public async Task A_revocation_key_that_does_not_sign_costs_the_signature_and_not_the_verdict()
    {
        using var site = TestSite.OnSqlite();
        await using var verifier = await TestVerifier.StartAsync(site);
        await using var good = await verifier.StartAgentAsync("good");
        await using var bad = await verifier.StartAgentAsync("bad");
        await verifier.AddAsync(good);
        await verifier.AddAsync(bad, TestAgent.PolicyFor(), ("revocation_key", ShortKey()));
        await verifier.WaitAttestedAsync("bad");

        bad.Measure("/bin/a", "/bin/a");

        Assert.Equal("ima.validation.ima-ng.not_in_allowlist", (await verifier.WaitFailedAsync("bad")).LastEventId);
        Assert.True(verifier.Log.Has(EventIds.MessageUnsigned));
        var count = (await verifier.StatusAsync("good")).AttestationCount;
        await verifier.WaitAsync("good", status => status.AttestationCount > count + 3);
        Assert.Empty(good.Notifications);
    }

    // 256 bits: a key by every rule of its format, and shorter than what a signature consists of.
    private static string ShortKey() => PemEncoding.WriteString("RSA PRIVATE KEY", Convert.FromBase64String(
        "MIGqAgEAAiEAy4kUsJ6V8uT+JZlcBs2PSOIgLf7Uskv02K4vR0K0wgkCAwEAAQIgYyxHDYwoKjMT9sQUCCiPAKhWDyZJKaL4DaOISOJLszUCEQD05ppdDdJ6Zb1iiIGt"
        + "G3LbAhEA1MKMLnwmhH8DFpCeO7vp6wIQPTxIDsp8/ZPg9flSC3nYjwIRAK8QCVJyeysIa10Uz+4st9MCECldWAiAWxOh40M+UQXMPww="));
}
