namespace Keylime.Sharding;

/// <summary>The times of the lease protocol, all derived from the lease's duration.</summary>
public sealed record LeaseRules
{
    /// <param name="duration">How long the store keeps a lease that is not renewed, 500 ms or more.</param>
    public LeaseRules(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.FromMilliseconds(500));
        Duration = duration;
    }

    /// <summary>Leases of 3 seconds.</summary>
    public static LeaseRules Default { get; } = new(TimeSpan.FromSeconds(3));

    /// <summary>How long the store keeps a lease that is not renewed.</summary>
    public TimeSpan Duration { get; }

    /// <summary>How long before the store does the holder gives a lease up: for clocks that run at different rates.</summary>
    public TimeSpan Margin => Duration / 10;

    /// <summary>Held leases are claimed again when this old.</summary>
    public TimeSpan RenewAfter => Duration / 3;

    /// <summary>Period of heartbeats, and of <see cref="ShardOwnership.PlanLeases"/>.</summary>
    public TimeSpan HeartbeatPeriod => Duration / 6;

    /// <summary>Silence after which a member counts as dead. Its leases run out at about the same time.</summary>
    public TimeSpan MemberTimeout => Duration;

    /// <summary>How long a hand-over waits for the last flush before the shard is given away without it.</summary>
    public TimeSpan DrainTimeout => Duration * 2;
}
