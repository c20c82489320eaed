using Keylime.Protocol;
using Keylime.Testing;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>A verifier that reaches everybody but one of its stores.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PartitionTests(ClusterFixture cluster)
{
    [Fact]
    public async Task A_verifier_cut_off_from_Redis_is_fenced_and_its_agents_are_attested_by_the_other()
    {
        var victim = await FindOwnerAsync();
        var log = cluster.Log(victim);
        // It knows of nobody else, and goes on with its agents until the database tells it better.
        await CutAsync(victim, cluster.Links(victim).Redis, log.WaitForLostShardsAsync);
    }

    [Fact]
    public async Task A_verifier_cut_off_from_PostgreSQL_gives_its_agents_to_the_other()
    {
        var victim = await FindOwnerAsync();
        await CutAsync(victim, cluster.Links(victim).Postgres, () => Task.CompletedTask);
    }

    private async Task<string> FindOwnerAsync()
    {
        await cluster.WaitForAttestationsAsync(1);
        return (await cluster.WaitForAgentAsync("agent-2", agent => agent is { TrustState: TrustState.Attested, Owner: not null })).Owner!;
    }

    private async Task CutAsync(string victim, TcpLink link, Func<Task> isNoticed)
    {
        var watch = new StateWatch(cluster);
        await using (watch)
        {
            try
            {
                link.Hold();
                await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner != victim);
                await cluster.WaitForAttestationsAsync(2);
                await isNoticed();
            }
            finally
            {
                link.Mend();
            }
            await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner == victim);
            await cluster.WaitForAttestationsAsync(2);
        }
        watch.AssertNothingWorseThanStale();
    }
}
