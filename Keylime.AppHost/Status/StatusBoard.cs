using System.Collections.Immutable;
using Keylime.Protocol;

namespace Keylime.AppHost.Status;

/// <summary>The latest of what is known of the cluster, and a signal when it changes. Resources are told by the application model, agents by the gateway.</summary>
internal sealed class StatusBoard(IReadOnlyList<string> expectedAgents, string tlsDirectory)
{
    // Guarded by _gate. Swapped whole, never mutated, so readers need no lock.
    private ImmutableDictionary<string, ImmutableArray<ServiceStatus>> _services = ImmutableDictionary<string, ImmutableArray<ServiceStatus>>.Empty;
    private ImmutableArray<string> _order = [];
    private ImmutableArray<AgentStatus> _agents = [.. expectedAgents.Select(NotEnrolled)];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    public ClusterStatus Current
    {
        get
        {
            lock (_gate)
                return new([.. _order.SelectMany(name => _services[name])], _agents, new(tlsDirectory));
        }
    }

    /// <summary>Ends at the next change after it was asked for.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    public void SetService(string resource, ImmutableArray<ServiceStatus> rows) => Change(() =>
    {
        if (!_services.ContainsKey(resource))
            _order = _order.Add(resource);
        _services = _services.SetItem(resource, rows);
    });

    public void SetAgents(IEnumerable<AgentStatus> known) => Change(() =>
    {
        var byId = known.ToDictionary(agent => agent.Id);
        foreach (var expected in expectedAgents)
            byId.TryAdd(expected, NotEnrolled(expected));
        _agents = [.. byId.Values.OrderBy(agent => agent.Id.Length).ThenBy(agent => agent.Id, StringComparer.Ordinal)];
    });

    /// <summary>Nobody tells us of the agents any more: what was attested is no longer known to be.</summary>
    public void SetAgentsUnknown(string reason) => Change(() =>
        _agents = [.. _agents.Select(agent => agent.State == TrustState.Attested ? agent with { State = TrustState.Stale, Reason = reason } : agent)]);

    private static AgentStatus NotEnrolled(string id) => new(id, TrustState.Pending, Owner: null, Attestations: 0, LastSuccess: null, Reason: null);

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
