using Keylime.Sharding;
using Keylime.Sharding.Redis;
using Keylime.Testing;

namespace Keylime.Gateway.Tests.Routing;

/// <summary>Verifiers that announce themselves in a real Redis; the test beats for them.</summary>
public sealed class MembershipRoutingTests : IAsyncLifetime
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, Member> _members = [];
    private readonly Stalls _stalls = new();
    private CancellationTokenSource _stop = null!;
    private RedisServer _redis = null!;
    private RedisConnection _connection = null!;
    private TestCluster _cluster = null!;
    private Task _beating = null!;

    public async Task InitializeAsync()
    {
        _members.Clear();
        _stop = new();
        _redis = await RedisServer.StartAsync();
        _connection = new(_redis.ConnectionString, TimeSpan.FromSeconds(1));
        _beating = BeatAsync();
        _cluster = await TestCluster.StartWithoutBackendsAsync(("redis", _redis.ConnectionString), ("lease_duration", "3"), ("zone", "zone-1"));
        foreach (var backend in _cluster.Backends) await backend.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        await _stalls.DisposeAsync();
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        _stop.Dispose();
        await _cluster.DisposeAsync();
        await _connection.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public Task Follows_joins_good_byes_and_deaths_and_outlives_redis() => WhileMembersCanLiveAsync(async () =>
    {
        Announce("verifier-0", "verifier-1");
        await UntilRoutedAsync("verifier-0", "verifier-1");
        Announce("verifier-2");
        await UntilRoutedAsync("verifier-0", "verifier-1", "verifier-2");
        Announce("verifier-1", MemberState.Leaving);
        await UntilRoutedAsync("verifier-0", "verifier-2");
        lock (_members) _members.Remove("verifier-2");
        await UntilRoutedAsync("verifier-0");
        Announce("verifier-1", "verifier-2");
        await UntilRoutedAsync("verifier-0", "verifier-1", "verifier-2");

        await _redis.StopAsync();
        await AssertRoutedForAsync(LeaseDuration * 1.5, "verifier-0", "verifier-1", "verifier-2");
        await _redis.RestartAsync();
        await AssertRoutedForAsync(LeaseDuration * 1.5, "verifier-0", "verifier-1", "verifier-2");
    });

    [Fact]
    public Task Asks_a_live_verifier_while_the_dead_one_still_counts_as_owner() => WhileMembersCanLiveAsync(async () =>
    {
        Announce("verifier-0", "verifier-1", "verifier-2");
        await UntilRoutedAsync("verifier-0", "verifier-1", "verifier-2");
        // The test goes on beating for it: a verifier that Redis can reach and we cannot.
        await _cluster.Verifiers[1].StopAsync();
        var orphan = TestCluster.AgentOf("verifier-1");
        for (var i = 0; i < 5; i++)
            Assert.NotEqual("verifier-1", await _cluster.InstanceAsync(_cluster.Verifier($"/v2.6/agents/{orphan}"), HttpMethod.Post));
        // Ownership does not move for that: everybody else's agents stay where they are.
        foreach (var verifier in (string[])["verifier-0", "verifier-2"])
            Assert.Equal(verifier, await _cluster.InstanceAsync(_cluster.Verifier($"/v2.6/agents/{TestCluster.AgentOf(verifier)}")));
    });

    [Fact]
    public Task Asks_the_new_owner_when_the_old_one_has_not_answered_yet() => WhileMembersCanLiveAsync(async () =>
    {
        Announce("verifier-0", "verifier-1", "verifier-2");
        await UntilRoutedAsync("verifier-0", "verifier-1", "verifier-2");
        var isAsked = new TaskCompletionSource();
        _cluster.Verifiers[1].Behaviour = async context =>
        {
            isAsked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        var agent = TestCluster.AgentOf("verifier-1");
        var answer = _cluster.InstanceAsync(_cluster.Verifier($"/v2.6/agents/{agent}"));
        await isAsked.Task;
        Announce("verifier-1", MemberState.Leaving);
        Assert.Equal(TestCluster.OwnerOf(agent, "verifier-0", "verifier-2"), await answer);
    });

    [Fact]
    public Task Prefers_its_own_zone_for_what_any_can_answer_and_never_over_an_owner() => WhileMembersCanLiveAsync(async () =>
    {
        Announce("verifier-0", "verifier-1", "verifier-2");
        await UntilRoutedAsync("verifier-0", "verifier-1", "verifier-2");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("verifier-1", await _cluster.InstanceAsync(_cluster.Verifier("/v2.6/allowlists/")));
            Assert.Equal("registrar-1", await _cluster.InstanceAsync(_cluster.Registrar($"/v2.6/agents/agent-{i}"), HttpMethod.Post));
            Assert.Equal("registrar-1", await _cluster.InstanceAsync(_cluster.RegistrarTls($"/v2.6/agents/agent-{i}")));
        }

        await _cluster.Verifiers[1].StopAsync();
        await _cluster.PlainRegistrars[1].StopAsync();
        Assert.NotEqual("verifier-1", await _cluster.InstanceAsync(_cluster.Verifier("/v2.6/allowlists/")));
        Assert.Equal("registrar-0", await _cluster.InstanceAsync(_cluster.Registrar("/v2.6/agents/a"), HttpMethod.Post));
        await _cluster.Verifiers[1].StartAsync();
        await _cluster.PlainRegistrars[1].StartAsync();
        await TestCluster.UntilAsync(async () => await _cluster.InstanceAsync(_cluster.Verifier("/v2.6/allowlists/")) == "verifier-1"
            && await _cluster.InstanceAsync(_cluster.Registrar("/v2.6/agents/a"), HttpMethod.Post) == "registrar-1");
    });

    /// <summary>The members of these tests live by heartbeats from this process. When it is not given the processor for a good part of a lease they rightly count as
    /// dead, and what a test saw then says nothing: it begins again.</summary>
    private async Task WhileMembersCanLiveAsync(Func<Task> test)
    {
        for (var attempt = 1; ; attempt++)
        {
            _stalls.Forget();
            try
            {
                await test();
                return;
            }
            catch (Xunit.Sdk.XunitException) when (attempt < 10 && _stalls.Longest > LeaseDuration / 4)
            {
                await StopAsync();
                await InitializeAsync();
            }
        }
    }

    private void Announce(params string[] instances)
    {
        foreach (var instance in instances) Announce(instance, MemberState.Serving);
    }

    private void Announce(string instance, MemberState state)
    {
        var port = _cluster.Verifiers.Single(verifier => verifier.Instance == instance).Port;
        lock (_members) _members[instance] = new(instance, $"127.0.0.1:{port}", state, instance.Replace("verifier", "zone", StringComparison.Ordinal));
    }

    private async Task BeatAsync()
    {
        var store = new RedisMembershipStore(_connection);
        while (!_stop.IsCancellationRequested)
        {
            List<Member> members;
            lock (_members) members = [.. _members.Values];
            foreach (var member in members)
                try { await store.BeatAsync(member, CancellationToken.None); }
                catch (LeaseStoreUnavailableException) { } // The test stops the server.
            await Task.Delay(LeaseDuration / 10);
        }
    }

    private Task UntilRoutedAsync(params string[] verifiers) => TestCluster.UntilAsync(() => _cluster.IsRoutedAsync(verifiers));

    private async Task AssertRoutedForAsync(TimeSpan time, params string[] verifiers)
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (TimeProvider.System.GetTimestamp() < end) Assert.True(await _cluster.IsRoutedAsync(verifiers));
    }
}
