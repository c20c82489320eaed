using System.Collections.Concurrent;
using Aspire.Hosting.Testing;
using Keylime.Client;
using Keylime.Protocol;

namespace Keylime.Cluster.Tests.Faults;

/// <summary>Asks for the agents' states all the time, as a monitor does, and remembers every state that it was shown; and whether the database had it.</summary>
internal sealed class StateWatch : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Agent, string State), byte> _seen = [];
    private readonly ConcurrentQueue<string> _unwritten = [];
    private readonly ClusterFixture _cluster;
    private readonly CancellationTokenSource _end = new();
    private readonly VerifierClient _verifier;
    private readonly Task _watching;

    /// <summary>Of whoever answers: the gateway, or a verifier itself.</summary>
    public StateWatch(ClusterFixture cluster)
    {
        _cluster = cluster;
        _verifier = cluster.Ask(cluster.App.GetEndpoint("gateway", "verifier"), cluster.App.GetEndpoint("verifier-0", "mtls"), cluster.App.GetEndpoint("verifier-1", "mtls"));
        _watching = WatchAsync();
    }

    /// <summary>What was shown, as <c>agent: state</c>.</summary>
    public IEnumerable<string> Seen => _seen.Keys.Select(seen => $"{seen.Agent}: {seen.State}").Order(StringComparer.Ordinal);

    /// <summary>Agents were attested, or stale: a machine that is busy enough pauses its verifiers for longer than any deadline, and then that is the truth.</summary>
    public void AssertNothingWorseThanStale()
    {
        Assert.NotEmpty(_seen);
        AssertNothingUnwritten();
        Assert.All(_seen.Keys, seen => Assert.True(seen.State is TrustState.Attested or TrustState.Stale, $"{seen.Agent} was shown {seen.State}"));
    }

    /// <summary>No pass was shown that a crash of everything could have taken back.</summary>
    public void AssertNothingUnwritten() => Assert.Empty(_unwritten);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                var answer = await _verifier.ListStatesAsync(verifierId: null, _end.Token);
                if (answer.IsGood)
                {
                    foreach (var (agent, status) in answer.Value) _seen.TryAdd((agent, status.TrustState!), 0);
                    // After the answer: passes are only ever added.
                    if (await WrittenPasses.TryReadAsync(_cluster, _end.Token) is { } written)
                        foreach (var (agent, status) in answer.Value)
                            if (!written.Covers(agent, status)) _unwritten.Enqueue($"{agent} was shown after {status.AttestationCount} passes, the last at {status.LastSuccessfulAttestation}; the database has {written.Of(agent)}");
                }
                await Task.Delay(100, _end.Token);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Seen enough.
        }
    }
}
