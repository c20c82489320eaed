using System.Diagnostics.CodeAnalysis;

namespace Keylime.Sharding;

/// <summary>The lease protocol of one process: from members, answers of the stores and the local monotonic clock to what is to be done
/// next. It does nothing itself, so that two loops can drive it against real stores and a simulator against imagined ones.</summary>
/// <remarks>
/// The lease loop runs every <see cref="LeaseRules.HeartbeatPeriod"/> and never waits for the database:
/// <see cref="IMembershipStore.BeatAsync"/> -> <see cref="Observe"/>; <see cref="PlanLeases"/> -> <see cref="ILeaseStore.ClaimAsync"/> ->
/// <see cref="Claimed"/>; <see cref="ILeaseStore.ReleaseAsync"/> -> <see cref="Released"/>; <see cref="LeaseStoreUnavailableException"/> from
/// the claim -> <see cref="ClaimUnanswered"/>. Calls to the lease store must end within <see cref="LeaseRules.RenewAfter"/>.
/// The shard loop carries out <see cref="PlanShards"/>, one plan after the other. Every round of an agent begins with <see cref="TryGetToken"/>;
/// every write with <see cref="TryGetWriteToken"/>; one that is refused by a newer epoch is told to <see cref="Fenced"/>, one that got no answer to <see cref="Doubt"/>. To shut down: <see cref="Leave"/>, both loops go on until <see cref="IsEmpty"/>.
/// <para>Leases keep two owners from working at once; safety comes from epochs alone. A lease is used only until <see cref="LeaseRules.Margin"/> before
/// the store can give it to another, counted from before it was asked for: a process that was paused uses nothing before it has asked again. While
/// the store cannot be reached, owned shards go on on their epochs: whoever can reach it and takes them fences us at our next write.</para>
/// Thread-safe. All times are readings of one monotonic clock.
/// </remarks>
public sealed class ShardOwnership
{
    private readonly Lock _gate = new();
    private readonly LeaseRules _rules;
    private readonly string _self;
    private readonly Shard[] _shards;
    private readonly Membership _membership;
    private bool _leaving;

    /// <param name="rules">Times of the protocol.</param>
    /// <param name="shardCount">Number of shards in the cluster.</param>
    /// <param name="self">Instance name of this process, as in its <see cref="Member"/>.</param>
    public ShardOwnership(LeaseRules rules, int shardCount, string self)
    {
        (_rules, _self) = (rules, self);
        _membership = new(rules.MemberTimeout);
        _shards = [.. Enumerable.Range(0, shardCount).Select(_ => new Shard())];
        Assignment = Assignment.Compute(shardCount, []);
    }

    /// <summary>The division of shards that is being worked towards.</summary>
    public Assignment Assignment { get; private set; }

    /// <summary>Members alive at the last observation, in order of their instance names.</summary>
    public IReadOnlyList<Member> Members
    {
        get { lock (_gate) return _membership.Alive; }
    }

    /// <summary>Whether nothing is held or remembered of any shard.</summary>
    public bool IsEmpty
    {
        get { lock (_gate) return _shards.All(shard => shard.Phase == ShardPhase.Free); }
    }

    /// <summary>Takes in a read of the membership. When it cannot be read, the last one stands.</summary>
    public void Observe(IReadOnlyCollection<MemberHeartbeat> heartbeats, TimeSpan now)
    {
        lock (_gate)
        {
            _membership.Observe(heartbeats, now);
            if (_membership.Owners.SequenceEqual(Assignment.Members)) return;
            Assignment = Assignment.Compute(_shards.Length, _membership.Owners);
            SetWanted();
        }
    }

    /// <summary>Gives everything away, whatever the members are.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _leaving = true;
            SetWanted();
        }
    }

    /// <summary>What to ask the lease store now: wanted shards, and all that are held when one of them is due.</summary>
    public LeasePlan PlanLeases(TimeSpan now)
    {
        lock (_gate)
        {
            var due = _shards.Any(shard => shard.IsHeld && now >= shard.ClaimedAt + _rules.RenewAfter);
            return new(now,
                Select(shard => shard.IsHeld ? due : shard is { Phase: ShardPhase.Free, IsWanted: true }),
                Select(shard => shard.Phase == ShardPhase.Drained));
        }
    }

    /// <summary>The store's answer to <see cref="LeasePlan.Claim"/>.</summary>
    public void Claimed(LeasePlan plan, IReadOnlyCollection<int> granted)
    {
        var isGranted = granted.ToHashSet();
        lock (_gate)
            foreach (var index in plan.Claim)
            {
                var shard = _shards[index];
                if (isGranted.Contains(index))
                {
                    if (shard.Phase == ShardPhase.Free) shard.Take();
                    if (shard.IsHeld) Extend(shard, plan.AskedAt);
                }
                else if (shard.Phase == ShardPhase.Leased) shard.Phase = ShardPhase.Free;
                else if (shard.IsHeld) shard.Phase = ShardPhase.Lost;
            }
    }

    /// <summary>The store could not be reached for <see cref="LeasePlan.Claim"/>: what is owned goes on for one more period on its epoch alone.</summary>
    public void ClaimUnanswered(LeasePlan plan)
    {
        lock (_gate)
            foreach (var index in plan.Claim)
                if (_shards[index] is { IsHeld: true, Phase: not ShardPhase.Leased } shard) Extend(shard, plan.AskedAt);
    }

    /// <summary>The store has released <see cref="LeasePlan.Release"/>.</summary>
    public void Released(LeasePlan plan)
    {
        lock (_gate)
            foreach (var index in plan.Release)
                if (_shards[index].Phase == ShardPhase.Drained) _shards[index].Phase = ShardPhase.Free;
    }

    /// <summary>What to do with shards now.</summary>
    public ShardPlan PlanShards(TimeSpan now)
    {
        lock (_gate)
        {
            foreach (var shard in _shards) Reconsider(shard, now);
            var drop = Select(shard => shard.IsToDrop);
            foreach (var index in drop) _shards[index].Drop();
            return new(drop,
                Select(shard => shard.Phase == ShardPhase.Draining),
                Select(shard => shard.Phase == ShardPhase.Leased && now < shard.UseUntil));
        }
    }

    /// <summary>Shards whose epochs were raised and whose agents are loaded. Answers those that are ours still: schedule these, forget the others.</summary>
    public IReadOnlyList<FencingToken> Started(IReadOnlyCollection<FencingToken> tokens)
    {
        lock (_gate)
        {
            var accepted = tokens.Where(token => _shards[token.Shard].Phase == ShardPhase.Leased).ToList();
            foreach (var token in accepted)
                (_shards[token.Shard].Phase, _shards[token.Shard].Token, _shards[token.Shard].IsDoubtful) = (ShardPhase.Owned, token, false);
            return accepted;
        }
    }

    /// <summary>Shards on which work has stopped and of which everything is written.</summary>
    public void Drained(IReadOnlyCollection<int> shards)
    {
        lock (_gate)
            foreach (var index in shards)
                if (_shards[index].Phase is ShardPhase.Owned or ShardPhase.Draining) _shards[index].Phase = ShardPhase.Drained;
    }

    /// <summary>A write was refused because the shard has a newer epoch. We own it again only after asking for its lease anew.</summary>
    public void Fenced(FencingToken token)
    {
        lock (_gate)
            if (_shards[token.Shard] is { Phase: ShardPhase.Owned or ShardPhase.Draining } shard && shard.Token == token) shard.Phase = ShardPhase.Lost;
    }

    /// <summary>A write got no answer: it may still be carried out, after newer ones. Nothing is written any more before the epoch is renewed; work goes on.</summary>
    public void Doubt(FencingToken token)
    {
        lock (_gate)
            if (_shards[token.Shard] is { Phase: ShardPhase.Owned or ShardPhase.Draining } shard && shard.Token == token) shard.IsDoubtful = true;
    }

    /// <summary>Shards whose epochs are to be renewed before anything is written.</summary>
    public IReadOnlyList<int> Doubtful
    {
        get { lock (_gate) return Select(shard => shard is { IsDoubtful: true, Phase: ShardPhase.Owned or ShardPhase.Draining }); }
    }

    /// <summary>The epochs of shards were renewed, as far as nobody else has owned them meanwhile.</summary>
    public void Renewed(IReadOnlyCollection<int> shards, IReadOnlyCollection<FencingToken> tokens)
    {
        var byShard = tokens.ToDictionary(token => token.Shard);
        lock (_gate)
            foreach (var index in shards)
                if (_shards[index] is { IsDoubtful: true, Phase: ShardPhase.Owned or ShardPhase.Draining } shard)
                {
                    shard.IsDoubtful = false;
                    if (byShard.TryGetValue(index, out var token)) shard.Token = token;
                    else shard.Phase = ShardPhase.Lost;
                }
    }

    /// <summary>The newest epochs were read. Who was cut off from the lease store for long may have its leases again, and never write: nothing else tells it that
    /// another has owned its shards meanwhile, and changed what it remembers.</summary>
    public void EpochsAre(IReadOnlyCollection<FencingToken> newest)
    {
        lock (_gate)
            foreach (var token in newest)
                if (_shards[token.Shard] is { Phase: ShardPhase.Owned or ShardPhase.Draining } shard && shard.Token.Epoch < token.Epoch) shard.Phase = ShardPhase.Lost;
    }

    /// <summary>The right to work on a shard's agents now. False: do not start a round.</summary>
    public bool TryGetToken(int shard, TimeSpan now, out FencingToken token)
    {
        lock (_gate)
        {
            var state = _shards[shard];
            token = state.Token;
            return state.Phase is ShardPhase.Owned or ShardPhase.Draining && now < state.UseUntil;
        }
    }

    /// <summary>The right to write the state of a shard's agents now.</summary>
    public bool TryGetWriteToken(int shard, TimeSpan now, out FencingToken token)
    {
        lock (_gate) return TryGetToken(shard, now, out token) && !_shards[shard].IsDoubtful;
    }

    /// <summary>Number of shards in each phase, indexed by <see cref="ShardPhase"/>.</summary>
    public IReadOnlyList<int> Census()
    {
        var counts = new int[Enum.GetValues<ShardPhase>().Length];
        lock (_gate)
            foreach (var shard in _shards) counts[(int)shard.Phase]++;
        return counts;
    }

    private void SetWanted()
    {
        for (var index = 0; index < _shards.Length; index++)
            _shards[index].IsWanted = !_leaving && Assignment.OwnerOf(index)?.Instance == _self;
    }

    private void Extend(Shard shard, TimeSpan askedAt)
    {
        // Answers may come late and out of order; a lease never gets shorter by one.
        shard.ClaimedAt = Max(shard.ClaimedAt, askedAt);
        shard.UseUntil = Max(shard.UseUntil, askedAt + _rules.Duration - _rules.Margin);
    }

    private void Reconsider(Shard shard, TimeSpan now)
    {
        switch (shard.Phase)
        {
            case ShardPhase.Lost:
                shard.IsToDrop = true;
                break;
            case ShardPhase.Leased when !shard.IsWanted:
                shard.Phase = ShardPhase.Drained;
                break;
            case ShardPhase.Owned when !shard.IsWanted:
                (shard.Phase, shard.DrainingSince) = (ShardPhase.Draining, now);
                break;
            case ShardPhase.Draining when shard.IsWanted:
                shard.Phase = ShardPhase.Owned;
                break;
            case ShardPhase.Draining when now - shard.DrainingSince > _rules.DrainTimeout:
                // The database is out of our reach but a successor waits: it attests anew what we could not write.
                (shard.Phase, shard.IsToDrop) = (ShardPhase.Drained, true);
                break;
        }
    }

    private List<int> Select(Func<Shard, bool> predicate)
    {
        var selected = new List<int>();
        for (var index = 0; index < _shards.Length; index++)
            if (predicate(_shards[index])) selected.Add(index);
        return selected;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class Shard
    {
        public ShardPhase Phase { get; set; }
        public bool IsWanted { get; set; }
        public bool IsToDrop { get; set; }
        public bool IsDoubtful { get; set; }
        public FencingToken Token { get; set; }
        public TimeSpan ClaimedAt { get; set; }
        public TimeSpan UseUntil { get; set; }
        public TimeSpan DrainingSince { get; set; }

        public bool IsHeld => Phase is ShardPhase.Leased or ShardPhase.Owned or ShardPhase.Draining;

        public void Take() => (Phase, ClaimedAt, UseUntil) = (ShardPhase.Leased, TimeSpan.MinValue, TimeSpan.MinValue);

        public void Drop()
        {
            IsToDrop = false;
            if (Phase == ShardPhase.Lost) Phase = ShardPhase.Free;
        }
    }
}
