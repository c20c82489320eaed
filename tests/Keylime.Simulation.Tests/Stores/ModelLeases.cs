using Keylime.Sharding;
using Keylime.Simulation.Tests.Faults;

namespace Keylime.Simulation.Tests.Stores;

/// <summary>A store of leases and members. It passes the suite that the real ones pass.</summary>
internal sealed class ModelLeases(TimeProvider clock, Mutation mutation = Mutation.None) : ILeaseStore, IMembershipStore
{
    private readonly Lock _gate = new();
    private Dictionary<int, (LeaseOwner Owner, DateTimeOffset Until)> _leases = [];
    private SortedDictionary<string, MemberHeartbeat> _members = new(StringComparer.Ordinal);
    private long _beats;

    /// <summary>Who holds a lease now.</summary>
    public LeaseOwner? HolderOf(int shard) => _leases.TryGetValue(shard, out var lease) && IsHeld(lease) ? lease.Owner : null;

    /// <summary>Loses everything.</summary>
    public void Flush() => (_leases, _members) = ([], new(StringComparer.Ordinal));

    /// <summary>Remembers how things are. The answer loses all that came after: a fail-over to a replica that was behind.</summary>
    public Action Snapshot()
    {
        var (leases, members) = (new Dictionary<int, (LeaseOwner, DateTimeOffset)>(_leases), new SortedDictionary<string, MemberHeartbeat>(_members, StringComparer.Ordinal));
        return () => (_leases, _members) = (leases, members);
    }

    public Task<IReadOnlyCollection<int>> ClaimAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, TimeSpan duration, CancellationToken ct)
    {
        lock (_gate)
        {
            var granted = shards.Where(shard => HolderOf(shard) is not { } holder || holder == owner || _leases[shard].Until > clock.GetUtcNow() + 2 * duration).ToList();
            foreach (var shard in granted) _leases[shard] = (owner, clock.GetUtcNow() + duration);
            return Task.FromResult<IReadOnlyCollection<int>>(granted);
        }
    }

    public Task ReleaseAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, CancellationToken ct)
    {
        lock (_gate)
            foreach (var shard in shards)
                if (HolderOf(shard) == owner) _leases.Remove(shard);
        return Task.CompletedTask;
    }

    Task<IReadOnlyDictionary<int, LeaseOwner>> ILeaseStore.ListAsync(CancellationToken ct)
    {
        lock (_gate)
            return Task.FromResult<IReadOnlyDictionary<int, LeaseOwner>>(
                _leases.Where(lease => IsHeld(lease.Value)).ToDictionary(lease => lease.Key, lease => lease.Value.Owner));
    }

    public Task<IReadOnlyCollection<MemberHeartbeat>> BeatAsync(Member self, CancellationToken ct)
    {
        lock (_gate) _members[self.Instance] = new(self, ++_beats);
        return ListAsync(ct);
    }

    public Task<IReadOnlyCollection<MemberHeartbeat>> ListAsync(CancellationToken ct)
    {
        lock (_gate) return Task.FromResult<IReadOnlyCollection<MemberHeartbeat>>([.. _members.Values]);
    }

    private bool IsHeld((LeaseOwner Owner, DateTimeOffset Until) lease) => lease.Until > clock.GetUtcNow() || mutation == Mutation.LeasesDoNotExpire;
}
