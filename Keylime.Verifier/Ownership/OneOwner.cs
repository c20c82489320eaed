using Keylime.Sharding;

namespace Keylime.Verifier.Ownership;

/// <summary>All shards under one lease, for a SQLite file: one process owns all agents, or none of them. A second one stays idle, says so, and takes over when the
/// first is gone.</summary>
/// <remarks>A thousand renewals a second would be the small end's greatest expense, and two owners of one file win nothing: they share its only writer.</remarks>
internal sealed partial class OneOwnerLeases(ILeaseStore file, ILogger<OneOwnerLeases> logger) : ILeaseStore
{
    private static readonly int[] Whole = [0];

    private bool _isIdle;

    public async Task<IReadOnlyCollection<int>> ClaimAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, TimeSpan duration, CancellationToken ct)
    {
        var isGranted = await file.ClaimAsync(Whole, owner, duration, ct) is { Count: > 0 };
        if (!isGranted && !_isIdle) LogIdle((await file.ListAsync(ct)).GetValueOrDefault(0)?.Instance ?? "unknown");
        _isIdle = !isGranted;
        return isGranted ? shards : [];
    }

    /// <summary>Shards are given away together, when the process ends.</summary>
    public Task ReleaseAsync(IReadOnlyCollection<int> shards, LeaseOwner owner, CancellationToken ct) => file.ReleaseAsync(Whole, owner, ct);

    public Task<IReadOnlyDictionary<int, LeaseOwner>> ListAsync(CancellationToken ct) => file.ListAsync(ct);

    [LoggerMessage(EventIds.OwnedElsewhere, LogLevel.Warning,
        "Another verifier, {Instance}, owns this SQLite file: this one attests no agent until that one ends. Several verifiers need PostgreSQL")]
    private partial void LogIdle(string instance);
}

/// <summary>The membership of a cluster of one.</summary>
internal sealed class OneMember : IMembershipStore
{
    private readonly Lock _gate = new();
    private MemberHeartbeat? _self;

    public Task<IReadOnlyCollection<MemberHeartbeat>> BeatAsync(Member self, CancellationToken ct)
    {
        lock (_gate) _self = new(self, (_self?.Beat ?? 0) + 1);
        return ListAsync(ct);
    }

    public Task<IReadOnlyCollection<MemberHeartbeat>> ListAsync(CancellationToken ct)
    {
        lock (_gate) return Task.FromResult<IReadOnlyCollection<MemberHeartbeat>>(_self is null ? [] : [_self]);
    }
}
