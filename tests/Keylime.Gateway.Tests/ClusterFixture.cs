namespace Keylime.Gateway.Tests;

/// <summary>One cluster for all tests of a class that leave it as it is.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    /// <summary>The cluster, its back ends having received nothing so far.</summary>
    internal TestCluster Fresh()
    {
        foreach (var backend in _cluster.Backends) backend.Received.Clear();
        return _cluster;
    }

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();
}
