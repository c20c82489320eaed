using System.Collections.Concurrent;
using Keylime.Attestation.Agents;
using Keylime.Protocol;

namespace Keylime.Verifier.Attestation;

/// <summary>The agents that this process polls, by id. Changed by one loop only; read by all.</summary>
internal sealed class OwnedAgents(AgentTransitions transitions)
{
    private readonly ConcurrentDictionary<AgentId, OwnedAgent> _agents = new();

    public int Count => _agents.Count;

    public IReadOnlyList<OwnedAgent> InShards(IReadOnlyCollection<int> shards)
    {
        var wanted = shards.ToHashSet();
        return [.. _agents.Values.Where(agent => wanted.Contains(agent.Shard))];
    }

    /// <summary>Takes in an agent as the store has it. Answers the agent whose course begins with it; null when a known one goes on.</summary>
    public OwnedAgent? Put(StoredAgent stored)
    {
        var id = stored.Enrollment.Id;
        if (_agents.TryGetValue(id, out var known))
        {
            // Revisions grow, but a database that took the place of another may have lost some.
            if (stored.Revision == known.Revision) return null;
            // Enrolled anew, reactivated or stopped: nothing that we knew of the agent counts. Else only a policy has changed, and what we know
            // and have perhaps not written yet stays.
            var begins = stored.State.OperationalState is OperationalState.Start or OperationalState.TenantFailed;
            if (!begins && known.TryRebase(stored)) return null;
            known.Forget();
        }
        return _agents[id] = new(stored, transitions.Resume(stored));
    }

    public OwnedAgent? Find(AgentId id) => _agents.GetValueOrDefault(id);

    public void Remove(OwnedAgent agent)
    {
        agent.Forget();
        _agents.TryRemove(KeyValuePair.Create(agent.Id, agent));
    }
}
