using System.Collections.Concurrent;
using Keylime.Sharding;

namespace Keylime.Gateway.Backends;

/// <summary>The back ends of one kind: who is there, who answers, and whom to ask for what.</summary>
/// <remarks>While the membership announces members, these own the shards, whether they answer us or not: they know better than a single
/// gateway. Without it the configured back ends that answer divide the shards among themselves.</remarks>
internal sealed partial class BackendPool(string kind, ShardMap shards, IReadOnlyList<Backend> configured, string? zone, ILogger<BackendPool> logger)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Attempt> _attempts = [];
    private readonly ConcurrentDictionary<Backend, bool> _answers = new();
    private IReadOnlyList<Member> _owners = [];
    private IReadOnlyList<Member> _members = [];
    // Swapped whole, never mutated, so that requests need no lock.
    private volatile Table _table = Divide(shards, configured, configured);

    /// <summary>See <see cref="BackendKind"/>.</summary>
    public string Kind => kind;

    /// <summary>All that are known now.</summary>
    public IReadOnlyList<Backend> Backends => _table.Backends;

    /// <summary>How many have answered, and not failed since.</summary>
    public int LiveCount => _table.Backends.Count(backend => _answers.GetValueOrDefault(backend));

    /// <summary>Whom to ask, best first. About an agent: the owner of its shard, then the others in rendezvous order. Where any will do, which is whatever is
    /// about no agent and everything that registrars are asked, those of our own zone come before the others. Who did not answer lately comes last.</summary>
    /// <param name="agent">The agent that a request is about; null for none.</param>
    /// <param name="requestId">Anything random, to spread the requests that are about none.</param>
    public IReadOnlyList<Backend> CandidatesFor(string? agent, string requestId)
    {
        var table = _table;
        var anyWillDo = agent is null || kind != BackendKind.Verifier;
        var inOrder = table.Assignment.CandidatesOf(shards.ShardOf(agent ?? requestId)).Select(member => table.ByInstance[member.Instance]);
        return [.. inOrder.Concat(table.Backends).Distinct().OrderBy(IsDown).ThenByDescending(backend => anyWillDo && zone is not null && backend.Zone == zone)];
    }

    /// <summary>Begins to ask the best one that a request has not asked yet; null when there is none left. To be disposed of when it has answered.</summary>
    /// <param name="agent">The agent that the request is about; null for none.</param>
    /// <param name="requestId">Anything random, to spread the requests that are about none.</param>
    /// <param name="asked">Whom the request has asked before.</param>
    public Attempt? Begin(string? agent, string requestId, IReadOnlyCollection<Backend> asked)
    {
        // One step for whoever learns that a back end is down: it is either not chosen any more, or among those that are given up.
        lock (_gate)
        {
            if (CandidatesFor(agent, requestId).FirstOrDefault(backend => !asked.Contains(backend)) is not { } best) return null;
            var attempt = new Attempt(best, OwnerOf(agent) == best ? agent : null, End);
            _attempts.Add(attempt);
            return attempt;
        }
    }

    /// <summary>Takes in what the membership says. Nobody: the configured back ends count again.</summary>
    /// <param name="owners">Members that divide the shards.</param>
    /// <param name="members">All members that are alive.</param>
    public void Announce(IReadOnlyList<Member> owners, IReadOnlyList<Member> members)
    {
        lock (_gate)
        {
            if (owners.SequenceEqual(_owners) && members.SequenceEqual(_members)) return;
            (_owners, _members) = (owners, members);
            _table = Divide();
            GiveUpLost();
            LogMembersChanged(kind, string.Join(", ", owners.Select(member => member.Instance)));
        }
    }

    /// <summary>Takes in whether a back end has answered.</summary>
    public void Report(Backend backend, bool answered)
    {
        if (_answers.TryGetValue(backend, out var before) && before == answered) return;
        lock (_gate)
        {
            _answers[backend] = answered;
            _table = Divide();
            GiveUpLost();
            if (!answered && _table.Backends.Any(other => other != backend && !IsDown(other)))
                foreach (var attempt in _attempts.Where(attempt => attempt.Backend == backend)) attempt.GiveUp();
        }
        if (answered) LogUp(kind, backend.Instance);
        else LogDown(kind, backend.Instance, backend.Address);
    }

    private bool IsDown(Backend backend) => _answers.TryGetValue(backend, out var answers) && !answers;

    private Backend? OwnerOf(string? agent) =>
        agent is not null && kind == BackendKind.Verifier && _table.Assignment.OwnerOf(shards.ShardOf(agent)) is { } owner ? _table.ByInstance[owner.Instance] : null;

    /// <summary>Who was asked as an agent's owner and is that no longer may well be silent, and its successor knows better.</summary>
    private void GiveUpLost()
    {
        foreach (var attempt in _attempts)
            if (attempt.OwnedAgent is { } agent && OwnerOf(agent) is { } owner && owner != attempt.Backend && !IsDown(owner)) attempt.GiveUp();
    }

    private void End(Attempt attempt)
    {
        lock (_gate) _attempts.Remove(attempt);
    }

    private Table Divide()
    {
        var announced = _members.Select(member => (member.Instance, Address: BackendAddresses.Parse(member.Address, Uri.UriSchemeHttps), member.Zone))
            .Where(member => member.Address is not null)
            .Select(member => new Backend(member.Instance, member.Address!, member.Zone)).ToList();
        if (announced.Count > 0)
            return Divide(shards, announced, [.. announced.Where(backend => _owners.Any(owner => owner.Instance == backend.Instance))]);
        var answering = configured.Where(backend => !IsDown(backend)).ToList();
        return Divide(shards, configured, answering.Count > 0 ? answering : configured);
    }

    private static Table Divide(ShardMap shards, IReadOnlyList<Backend> backends, IReadOnlyList<Backend> owners) => new(
        backends,
        owners.ToDictionary(backend => backend.Instance, StringComparer.Ordinal),
        Assignment.Compute(shards.Count, owners.Select(backend => new Member(backend.Instance, backend.Address.Authority))));

    private sealed record Table(IReadOnlyList<Backend> Backends, IReadOnlyDictionary<string, Backend> ByInstance, Assignment Assignment);

    [LoggerMessage(EventIds.BackendDown, LogLevel.Warning, "{Kind} {Instance} at {Address} does not answer")]
    private partial void LogDown(string kind, string instance, Uri address);

    [LoggerMessage(EventIds.BackendUp, LogLevel.Information, "{Kind} {Instance} answers")]
    private partial void LogUp(string kind, string instance);

    [LoggerMessage(EventIds.MembersChanged, LogLevel.Information, "Shards are divided among {Kind}s {Members}")]
    private partial void LogMembersChanged(string kind, string members);
}
