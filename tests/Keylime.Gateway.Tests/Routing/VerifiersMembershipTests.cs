using Keylime.Protocol;

namespace Keylime.Gateway.Tests.Routing;

/// <summary>A gateway without Redis, which asks the verifiers who they are.</summary>
public sealed class VerifiersMembershipTests : IAsyncLifetime
{
    private readonly Dictionary<string, string> _states = [];
    private TestCluster _cluster = null!;
    private long _beat;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(("lease_duration", "1"));
        // Discovery names all three; the members say who is there.
        foreach (var verifier in _cluster.Verifiers) verifier.Members = Tell;
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Follows_joins_and_good_byes()
    {
        Announce("verifier-0", "serving");
        Announce("verifier-1", "serving");
        await UntilRoutedAsync("verifier-0", "verifier-1");
        Announce("verifier-2", "serving");
        await UntilRoutedAsync("verifier-0", "verifier-1", "verifier-2");
        Announce("verifier-0", "leaving");
        await UntilRoutedAsync("verifier-1", "verifier-2");
    }

    [Fact]
    public async Task Asks_another_verifier_when_one_is_gone_or_does_not_know()
    {
        Announce("verifier-1", "serving");
        Announce("verifier-2", "serving");
        await UntilRoutedAsync("verifier-1", "verifier-2");
        await _cluster.Verifiers[0].StopAsync();
        _cluster.Verifiers[1].Members = () => null;
        Announce("verifier-1", "leaving");
        await UntilRoutedAsync("verifier-2");
    }

    [Fact]
    public async Task Passes_over_what_it_cannot_read()
    {
        Announce("verifier-1", "serving");
        Announce("verifier-2", "dancing");
        Announce("", "serving");
        await UntilRoutedAsync("verifier-1");
    }

    [Fact]
    public async Task Clients_do_not_get_there()
    {
        using var response = await _cluster.Admin.GetAsync(_cluster.Verifier("/cluster/members"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode);
    }

    private void Announce(string instance, string state)
    {
        lock (_states) _states[instance] = state;
    }

    private List<ClusterMember> Tell()
    {
        lock (_states)
            return [.. _states.Select(pair => new ClusterMember(pair.Key,
                $"127.0.0.1:{_cluster.Verifiers.FirstOrDefault(verifier => verifier.Instance == pair.Key)?.Port ?? 1}", pair.Value, null, ++_beat))];
    }

    private Task UntilRoutedAsync(params string[] verifiers) => TestCluster.UntilAsync(() => _cluster.IsRoutedAsync(verifiers));
}
