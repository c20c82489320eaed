using System.Net;

namespace Keylime.Gateway.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task Is_ready_once_a_verifier_and_a_registrar_answer_and_no_longer_when_one_kind_is_gone()
    {
        await using var cluster = await TestCluster.StartWithoutBackendsAsync();
        Task<bool> IsReadyAsync() => StatusIsAsync(cluster, "/health", HttpStatusCode.OK);
        Assert.False(await IsReadyAsync());
        Assert.True(await StatusIsAsync(cluster, "/alive", HttpStatusCode.OK));
        await cluster.Verifiers[2].StartAsync();
        await TestCluster.UntilAsync(async () => await cluster.InstanceAsync(cluster.Verifier("/version")) == "verifier-2");
        Assert.False(await IsReadyAsync());
        await cluster.PlainRegistrars[1].StartAsync();
        await TestCluster.UntilAsync(IsReadyAsync);
        await cluster.Verifiers[2].StopAsync();
        await TestCluster.UntilAsync(async () => !await IsReadyAsync());
        Assert.True(await StatusIsAsync(cluster, "/alive", HttpStatusCode.OK));
    }

    private static async Task<bool> StatusIsAsync(TestCluster cluster, string path, HttpStatusCode status)
    {
        using var response = await cluster.Anonymous.GetAsync(new Uri(cluster.Management, path));
        return response.StatusCode == status;
    }
}
