using System.Net;
using Keylime.Gateway.Backends;
using Keylime.Sharding;
using Keylime.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keylime.Gateway.Tests.Backends;

/// <summary>.NET's handler lets the socket's own exception through where a connection is reset before it has looked at it.</summary>
public sealed class ResettingBackendTests : IAsyncLifetime
{
    private const int Tries = 1000;

    private readonly ResettingPeer _peer = new();
    private readonly HttpMessageInvoker _upstream = new(new SocketsHttpHandler { UseProxy = false });
    private TestCluster? _cluster;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _upstream.Dispose();
        await _peer.DisposeAsync();
    }

    [Fact]
    public async Task The_health_check_takes_it_for_one_that_does_not_answer()
    {
        var pool = NewPool();
        using var loop = new HealthLoop([pool], _upstream, TimeSpan.FromMilliseconds(1), TestCluster.Patience, TimeProvider.System);
        await loop.StartAsync(default);
        await TestCluster.UntilAsync(() => Task.FromResult(_peer.Resets >= Tries || loop.ExecuteTask!.IsCompleted));
        Assert.False(loop.ExecuteTask!.IsCompleted, $"{loop.ExecuteTask.Exception}");
        Assert.Equal(0, pool.LiveCount);
        await loop.StopAsync(default);
    }

    [Fact]
    public async Task It_tells_no_members()
    {
        var pool = NewPool();
        var membership = new VerifiersMembership(pool, pool.Backends, _upstream, TimeSpan.FromSeconds(30));
        for (var i = 0; i < Tries; i++) await Assert.ThrowsAsync<LeaseStoreUnavailableException>(() => membership.ListAsync(default));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Every_request_to_it_is_answered_by_another(string method)
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.Verifiers[1].StopAsync();
        await using var peer = new ResettingPeer(_cluster.Verifiers[1].Port);
        var pool = _cluster.Pools[0];
        var backend = pool.Backends.Single(backend => backend.Instance == "verifier-1");
        var agent = _cluster.Verifier($"/v2.6/agents/{TestCluster.AgentOf("verifier-1")}");
        while (peer.Resets < Tries)
        {
            // As if it had been well until now: who is known to be down is not asked.
            pool.Report(backend, answered: true);
            using var request = new HttpRequestMessage(new(method), agent);
            using var response = await _cluster.Admin.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    private BackendPool NewPool() => new(
        BackendKind.Verifier, new(ShardMap.DefaultCount), [new("verifier-0", new($"http://127.0.0.1:{_peer.Port}"))], null, NullLogger<BackendPool>.Instance);
}
