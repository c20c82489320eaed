using Aspire.Hosting.Testing;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Testing;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>A verifier that sleeps beyond its lease, and does not know it.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PauseTests(ClusterFixture cluster)
{
    [Fact]
    public async Task What_a_paused_verifier_still_writes_overwrites_nothing_that_its_successor_found()
    {
        var before = await cluster.WaitForAgentAsync("agent-2", agent => agent is { TrustState: TrustState.Attested, Owner: not null });
        var (paused, link) = (before.Owner!, cluster.Links(before.Owner!).Postgres);
        var log = cluster.Log(paused);
        var failed = await ReplaceAsync(paused, link, before.AttestationCount);
        await using (var watch = new StateWatch(cluster))
        {
            await cluster.SignalAsync(paused, Signal.Continue);
            await log.WaitForLostShardsAsync();
            var returned = await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner == paused);
            Assert.Equal((TrustState.Failed, failed.AttestationCount), (returned.TrustState, returned.AttestationCount));
            Assert.DoesNotContain($"agent-2: {TrustState.Attested}", watch.Seen);
        }
        await cluster.RestoreAsync("agent-2");
        await cluster.WaitForAttestationsAsync(1);
    }

    [Fact]
    public async Task What_is_asked_of_a_paused_verifier_is_answered_by_another()
    {
        var before = await cluster.WaitForAgentAsync("agent-2", agent => agent is { TrustState: TrustState.Attested, Owner: not null });
        var paused = before.Owner!;
        await cluster.SignalAsync(paused, Signal.Stop);
        try
        {
            // One request, with more patience than the gateway has: it would answer 504.
            var answer = await cluster.PatientVerifier.FindAgentAsync(AgentId.Parse("agent-2"), ClusterFixture.Patience);
            Assert.True(answer.IsGood, answer.ToString());
            await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner != paused && agent.TrustState == TrustState.Attested);
        }
        finally
        {
            await cluster.SignalAsync(paused, Signal.Continue);
        }
        await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner == paused && agent.TrustState == TrustState.Attested);
    }

    /// <summary>Pauses a verifier with a pass on its way to the database. It arrives when the successor has found a failure.</summary>
    private async Task<VerifierAgentResponse> ReplaceAsync(string paused, TcpLink link, long count)
    {
        try
        {
            await link.HoldAtAsync("UPDATE agent_states", ClusterFixture.Patience);
            await cluster.SignalAsync(paused, Signal.Stop);
            await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner != paused && agent.TrustState == TrustState.Attested && agent.AttestationCount > count);
            await cluster.Machine("agent-2").TamperAsync();
            return await cluster.WaitForAgentAsync("agent-2", agent => agent.TrustState == TrustState.Failed);
        }
        finally
        {
            link.Mend();
        }
    }
}
