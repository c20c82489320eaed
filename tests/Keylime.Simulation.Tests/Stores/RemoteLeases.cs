using Keylime.Sharding;
using Keylime.Simulation.Tests.World;

namespace Keylime.Simulation.Tests.Stores;

/// <summary>The lease store as one verifier reaches it.</summary>
internal sealed class RemoteLeases(ModelLeases leases, Link link, TimeSpan patience) : ILeaseStore, IMembershipStore
{
    public Task<IReadOnlyCollection<int>> ClaimAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, TimeSpan duration, CancellationToken ct) =>
        AskAsync(() => $"claim {string.Join(' ', shards)}", () => leases.ClaimAsync(shards, owner, duration, ct).Result, ct);

    public Task ReleaseAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, CancellationToken ct) =>
        AskAsync(() => $"release {string.Join(' ', shards)}", () => leases.ReleaseAsync(shards, owner, ct).IsCompleted, ct);

    public Task<IReadOnlyDictionary<int, LeaseOwner>> ListAsync(CancellationToken ct) => throw new NotSupportedException("Verifiers do not list leases");

    public Task<IReadOnlyCollection<MemberHeartbeat>> BeatAsync(Member self, CancellationToken ct) =>
        AskAsync(() => $"beat, {self.State}", () => leases.BeatAsync(self, ct).Result, ct);

    Task<IReadOnlyCollection<MemberHeartbeat>> IMembershipReader.ListAsync(CancellationToken ct) => AskAsync(() => "list members", () => leases.ListAsync(ct).Result, ct);

    private Task<T> AskAsync<T>(Func<string> what, Func<T> action, CancellationToken ct) =>
        link.AskAsync(what, action, patience, reason => new LeaseStoreUnavailableException(reason, null), ct);
}
