namespace Keylime.Sharding;

/// <summary>Judges from successive reads of the membership store who is alive. Not thread-safe.</summary>
/// <remarks>Only the reader's own monotonic clock counts: a member is silent for as long as its beat has been seen not to change.
/// Time in which nothing could be read (an outage of the store, a pause of this process) is nobody's silence: afterwards
/// all who were alive get a full timeout again. An entry that vanishes (a flushed store) is silence, not a farewell.</remarks>
public sealed class Membership(TimeSpan timeout)
{
    private readonly Dictionary<string, Sighting> _sightings = new(StringComparer.Ordinal);
    private TimeSpan? _lastRead;

    /// <summary>Members alive at the last read, in order of their instance names.</summary>
    public IReadOnlyList<Member> Alive { get; private set; } = [];

    /// <summary>The members among whom shards are divided: who serves, and who is degraded unless it has been for a timeout while another has
    /// served for a timeout. Members that lose the database one after the other, and find it again so, thus keep their shards.</summary>
    public IReadOnlyList<Member> Owners { get; private set; } = [];

    /// <summary>Takes in what was read.</summary>
    /// <param name="heartbeats">All entries of the store, any order.</param>
    /// <param name="now">Local monotonic time of the read.</param>
    public void Observe(IReadOnlyCollection<MemberHeartbeat> heartbeats, TimeSpan now)
    {
        var blind = _lastRead is { } last && now - last > timeout;
        _lastRead = now;
        if (blind)
            foreach (var (instance, sighting) in _sightings.ToArray()) _sightings[instance] = sighting with { BeatSince = now, StateSince = now };
        foreach (var heartbeat in heartbeats)
            _sightings[heartbeat.Member.Instance] = See(heartbeat, _sightings.GetValueOrDefault(heartbeat.Member.Instance), now);

        // A silent entry is remembered as long as the store shows it: forgotten, it would look new at the next read.
        var shown = heartbeats.Select(heartbeat => heartbeat.Member.Instance).ToHashSet(StringComparer.Ordinal);
        foreach (var (instance, sighting) in _sightings.ToArray())
            if (!IsAlive(sighting, now) && !shown.Contains(instance)) _sightings.Remove(instance);

        var alive = _sightings.Values.Where(sighting => IsAlive(sighting, now))
            .OrderBy(sighting => sighting.Heartbeat.Member.Instance, StringComparer.Ordinal).ToList();
        Alive = [.. alive.Select(sighting => sighting.Heartbeat.Member)];
        var isReplaceable = alive.Any(sighting => HasBeen(MemberState.Serving, sighting, now));
        Owners = [.. alive
            .Where(sighting => sighting.Heartbeat.Member.State != MemberState.Leaving)
            .Where(sighting => !(isReplaceable && HasBeen(MemberState.Degraded, sighting, now)))
            .Select(sighting => sighting.Heartbeat.Member)];
    }

    private static Sighting See(MemberHeartbeat heartbeat, Sighting? known, TimeSpan now) => new(
        heartbeat,
        known?.Heartbeat.Beat == heartbeat.Beat ? known.BeatSince : now,
        known?.Heartbeat.Member.State == heartbeat.Member.State ? known.StateSince : now);

    private bool IsAlive(Sighting sighting, TimeSpan now) => now - sighting.BeatSince <= timeout;

    private bool HasBeen(MemberState state, Sighting sighting, TimeSpan now) =>
        sighting.Heartbeat.Member.State == state && now - sighting.StateSince >= timeout;

    private sealed record Sighting(MemberHeartbeat Heartbeat, TimeSpan BeatSince, TimeSpan StateSince);
}
