using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.Testing;
using Keylime.Protocol;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>Redis keeps things going, but nothing right: it may be gone, or lose everything, at any time.</summary>
[Collection(ClusterCollection.Name)]
public sealed class RedisTests(ClusterFixture cluster)
{
    [Fact]
    public async Task Attestation_goes_on_while_Redis_is_gone_and_when_it_comes_back_empty()
    {
        await cluster.WaitForAttestationsAsync(1);
        await using (var watch = new StateWatch(cluster))
        {
            var logs = new[] { cluster.Log("verifier-0"), cluster.Log("verifier-1") };
            await cluster.KillAsync("redis");
            await cluster.WaitForAttestationsAsync(3);
            // Only who has noticed that it was gone notices that it is back.
            foreach (var log in logs) await log.WaitForAsync(IsUnreachable);
            await cluster.StartAsync("redis");
            foreach (var log in logs) await log.WaitForAsync(IsUnreachable, IsReachableAgain);
            await cluster.WaitForAttestationsAsync(2);
            watch.AssertNothingWorseThanStale();
        }
    }

    [Fact]
    public async Task Attestation_goes_on_when_Redis_loses_everything()
    {
        await cluster.WaitForAttestationsAsync(1);
        await using (var watch = new StateWatch(cluster))
        {
            await FlushAsync();
            await cluster.WaitForAttestationsAsync(3);
            watch.AssertNothingWorseThanStale();
        }
    }

    [Fact]
    public async Task The_agents_of_a_verifier_that_dies_while_Redis_is_gone_are_shown_stale_until_it_is_back()
    {
        var before = await cluster.WaitForAgentAsync("agent-2", agent => agent is { TrustState: TrustState.Attested, Owner: not null });
        var victim = before.Owner!;
        await cluster.KillAsync("redis");
        await cluster.KillAsync(victim);
        await cluster.WaitForAgentAsync("agent-2", agent => agent.TrustState == TrustState.Stale);

        await cluster.StartAsync("redis");
        await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner != victim && agent.TrustState == TrustState.Attested);
        await cluster.StartAsync(victim);
        await cluster.WaitForAgentAsync("agent-2", agent => agent.Owner == victim && agent.TrustState == TrustState.Attested);
    }

    private static bool IsUnreachable(string line) => line.Contains("Lease store unreachable", StringComparison.Ordinal);

    private static bool IsReachableAgain(string line) => line.Contains("Lease store reachable again", StringComparison.Ordinal);

    private async Task FlushAsync()
    {
        var parts = (await cluster.App.GetConnectionStringAsync("redis", ClusterFixture.Patience))!.Split([":", ",password="], StringSplitOptions.None);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, int.Parse(parts[1], CultureInfo.InvariantCulture), ClusterFixture.Patience);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {parts[2]}\r\nFLUSHALL\r\nQUIT\r\n"), ClusterFixture.Patience);
        using var answers = new StreamReader(client.GetStream(), Encoding.ASCII);
        Assert.Equal("+OK\r\n+OK\r\n+OK\r\n", await answers.ReadToEndAsync(ClusterFixture.Patience));
    }
}
