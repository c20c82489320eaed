namespace Keylime.Sharding.Tests;

public class ShardOwnershipTests
{
    private const int Shards = 16;
    private static readonly LeaseRules Rules = LeaseRules.Default;
    private static readonly int[] All = [.. Enumerable.Range(0, Shards)];

    private readonly ShardOwnership _ownership = new(Rules, Shards, "a");
    private long _beats;
    private long _epoch;

    [Fact]
    public void Wants_nothing_before_it_knows_the_members()
    {
        var plan = _ownership.PlanLeases(At(0));
        Assert.Empty(plan.Claim);
        Assert.Empty(plan.Release);
    }

    [Fact]
    public void Works_on_a_shard_only_after_lease_and_epoch_and_load()
    {
        Observe(0, "a");
        var plan = _ownership.PlanLeases(At(0));
        Assert.Equal(All, plan.Claim);
        Assert.Empty(_ownership.PlanShards(At(0)).Start);
        _ownership.Claimed(plan, [3]);
        Assert.Equal([3], _ownership.PlanShards(At(0.1)).Start);
        Assert.False(_ownership.TryGetToken(3, At(0.1), out _));
        Assert.Equal([new(3, 7)], _ownership.Started([new(3, 7)]));
        Assert.True(_ownership.TryGetToken(3, At(0.1), out var token));
        Assert.Equal(new(3, 7), token);
        Assert.False(_ownership.TryGetToken(4, At(0.1), out _));
    }

    [Fact]
    public void Asks_again_for_shards_that_were_not_started_or_not_granted()
    {
        Observe(0, "a");
        _ownership.Claimed(_ownership.PlanLeases(At(0)), [3]);
        Assert.Equal([3], _ownership.PlanShards(At(0.1)).Start);
        Assert.Equal([3], _ownership.PlanShards(At(0.2)).Start);
        Assert.Equal(All.Except([3]), _ownership.PlanLeases(At(0.5)).Claim);
    }

    [Fact]
    public void Renews_all_it_holds_once_one_lease_is_due()
    {
        OwnAll();
        Assert.Empty(_ownership.PlanLeases(At(0.9)).Claim);
        Assert.Equal(All, _ownership.PlanLeases(At(1)).Claim);
    }

    [Fact]
    public void Uses_a_lease_until_the_margin_before_its_end_counted_from_before_it_was_asked_for()
    {
        OwnAll();
        Assert.True(CanUse(3, 2.69));
        Assert.False(CanUse(3, 2.7));
        Renew(2.69);
        Assert.True(CanUse(3, 5.3));
        Assert.False(CanUse(3, 5.4));
    }

    [Fact]
    public void Uses_nothing_after_a_pause_before_it_has_asked_again()
    {
        OwnAll();
        Assert.False(CanUse(3, 60));
        var plan = _ownership.PlanLeases(At(60));
        Assert.Equal(All, plan.Claim);
        _ownership.Claimed(plan, [.. All.Except([3])]);
        Assert.True(CanUse(4, 60));
        Assert.False(CanUse(3, 60));
        Assert.Equal([3], _ownership.PlanShards(At(60)).Drop);
    }

    [Fact]
    public void Goes_on_on_its_epoch_while_the_store_is_out_of_reach_and_takes_nothing_new()
    {
        Observe(0, "a");
        _ownership.Claimed(_ownership.PlanLeases(At(0)), [1, 2]);
        Start(1);
        for (var second = 1; second < 600; second++)
        {
            _ownership.ClaimUnanswered(_ownership.PlanLeases(At(second)));
            Assert.True(CanUse(1, second + 0.9));
            Assert.Empty(_ownership.PlanShards(At(second)).Drop);
        }
        // Shard 2 had a lease but no epoch: its lease has run out, so nothing says that it is ours.
        Assert.Empty(_ownership.PlanShards(At(600)).Start);
        Assert.False(CanUse(1, 602));
    }

    [Fact]
    public void Heals_from_a_flushed_store_without_a_new_epoch()
    {
        OwnAll();
        Renew(1);
        Assert.True(_ownership.TryGetToken(3, At(3.5), out var token));
        Assert.Equal(1, token.Epoch);
    }

    [Fact]
    public void Drops_what_another_has_the_lease_of_and_asks_for_it_anew()
    {
        OwnAll();
        _ownership.Claimed(_ownership.PlanLeases(At(1)), [.. All.Except([3])]);
        Assert.False(CanUse(3, 1));
        Assert.Equal([3], _ownership.PlanShards(At(1)).Drop);
        Assert.Empty(_ownership.PlanShards(At(1)).Drop);
        Assert.Equal([3], _ownership.PlanLeases(At(1.5)).Claim);
    }

    [Fact]
    public void Drops_a_fenced_shard_and_owns_it_again_only_with_a_new_claim_and_epoch()
    {
        OwnAll();
        _ownership.TryGetToken(3, At(0), out var token);
        _ownership.Fenced(token);
        Assert.False(CanUse(3, 0.1));
        var plan = _ownership.PlanShards(At(0.1));
        Assert.Equal([3], plan.Drop);
        Assert.Empty(plan.Start);
        _ownership.Claimed(_ownership.PlanLeases(At(0.5)), [3]);
        Assert.Equal([3], _ownership.PlanShards(At(0.5)).Start);
        Start(3);
        // The refusal of a write from before comes late: it is not about this ownership.
        _ownership.Fenced(token);
        Assert.True(CanUse(3, 0.6));
    }

    [Fact]
    public void Hands_over_what_a_joining_member_shall_have()
    {
        OwnAll();
        Observe(0.5, "a", "b");
        var theirs = All.Where(shard => _ownership.Assignment.OwnerOf(shard)!.Instance == "b").ToList();
        Assert.NotEmpty(theirs);
        var plan = _ownership.PlanShards(At(0.5));
        Assert.Equal(theirs, plan.Drain);
        Assert.Empty(plan.Drop);
        // Until the flush has succeeded the shards stay at work, and are held.
        Assert.True(CanUse(theirs[0], 0.6));
        Assert.Equal(All, _ownership.PlanLeases(At(1)).Claim);
        Assert.Equal(theirs, _ownership.PlanShards(At(1.1)).Drain);
        _ownership.Drained(theirs);
        Assert.False(CanUse(theirs[0], 1.2));
        var release = _ownership.PlanLeases(At(1.5));
        Assert.Equal(theirs, release.Release);
        Assert.Equal(theirs, _ownership.PlanLeases(At(1.6)).Release);
        _ownership.Released(release);
        Assert.Empty(_ownership.PlanLeases(At(1.7)).Release);
        Assert.Equal(All.Except(theirs), _ownership.PlanLeases(At(2.6)).Claim);
    }

    [Fact]
    public void Keeps_a_shard_that_comes_back_before_it_was_drained()
    {
        OwnAll();
        Observe(0.5, "a", "b");
        Assert.NotEmpty(_ownership.PlanShards(At(0.5)).Drain);
        Leave(0.6, "b");
        var plan = _ownership.PlanShards(At(0.6));
        Assert.Empty(plan.Drain);
        Assert.Empty(plan.Start);
        Assert.All(All, shard => Assert.True(CanUse(shard, 0.6)));
    }

    [Fact]
    public void Gives_a_shard_away_undrained_when_the_database_stays_out_of_reach()
    {
        OwnAll();
        Observe(0.5, "a", "b");
        var theirs = _ownership.PlanShards(At(0.5)).Drain;
        Assert.Empty(_ownership.PlanShards(At(6.5)).Drop);
        var plan = _ownership.PlanShards(At(6.6));
        Assert.Equal(theirs, plan.Drop);
        Assert.Empty(plan.Drain);
        Assert.Equal(theirs, _ownership.PlanLeases(At(6.6)).Release);
    }

    [Fact]
    public void Releases_a_lease_that_it_got_but_does_not_want_any_more()
    {
        Observe(0, "a");
        var plan = _ownership.PlanLeases(At(0));
        _ownership.Leave();
        _ownership.Claimed(plan, [3]);
        Assert.Empty(_ownership.PlanShards(At(0.1)).Start);
        Assert.Equal([3], _ownership.PlanLeases(At(0.1)).Release);
    }

    [Fact]
    public void Leaves_with_nothing_left()
    {
        OwnAll();
        _ownership.Leave();
        Assert.Equal(All, _ownership.PlanShards(At(0.1)).Drain);
        Assert.False(_ownership.IsEmpty);
        _ownership.Drained(All);
        var plan = _ownership.PlanLeases(At(0.2));
        Assert.Empty(plan.Claim);
        _ownership.Released(plan);
        Assert.True(_ownership.IsEmpty);
        Observe(0.3, "a");
        Assert.Empty(_ownership.PlanLeases(At(0.3)).Claim);
    }

    [Fact]
    public void Does_not_start_what_was_lost_while_it_was_loaded()
    {
        Observe(0, "a");
        _ownership.Claimed(_ownership.PlanLeases(At(0)), [3, 4]);
        _ownership.PlanShards(At(0));
        _ownership.Claimed(_ownership.PlanLeases(At(1)), [4]);
        Assert.Equal([new(4, 1)], _ownership.Started([new(3, 1), new(4, 1)]));
        Assert.False(CanUse(3, 1));
    }

    [Fact]
    public void Takes_answers_that_come_twice_late_or_out_of_order()
    {
        Observe(0, "a");
        var first = _ownership.PlanLeases(At(0));
        var second = _ownership.PlanLeases(At(0.5));
        _ownership.Claimed(second, All);
        Start(All);
        _ownership.Claimed(first, All);
        _ownership.Claimed(first, All);
        Assert.True(CanUse(3, 3.1));
        Assert.False(CanUse(3, 3.2));
        _ownership.Drained([3]);
        _ownership.Claimed(first, All);
        Assert.Equal([3], _ownership.PlanLeases(At(0.6)).Release);
        _ownership.Drained([3]);
        Assert.Equal([3], _ownership.PlanLeases(At(0.6)).Release);
    }

    [Fact]
    public void Does_not_use_a_lease_granted_too_late()
    {
        Observe(0, "a");
        var plan = _ownership.PlanLeases(At(0));
        _ownership.Claimed(plan, [3]);
        Assert.Empty(_ownership.PlanShards(At(3)).Start);
        Assert.Contains(3, _ownership.PlanLeases(At(3)).Claim);
    }

    [Fact]
    public void A_write_without_an_answer_stops_writing_but_not_working_until_the_epoch_is_renewed()
    {
        OwnAll();
        Assert.True(_ownership.TryGetWriteToken(3, At(0.5), out var before));
        _ownership.Doubt(before);
        Assert.True(CanUse(3, 0.5));
        Assert.False(_ownership.TryGetWriteToken(3, At(0.5), out _));
        Assert.True(_ownership.TryGetWriteToken(4, At(0.5), out _));
        Assert.Equal([3], _ownership.Doubtful);
        FencingToken renewed = new(3, before.Epoch + 5);
        _ownership.Renewed([3], [renewed]);
        Assert.True(_ownership.TryGetWriteToken(3, At(0.5), out var after));
        Assert.Equal(renewed, after);
        Assert.Empty(_ownership.Doubtful);
    }

    [Fact]
    public void A_doubtful_shard_whose_epoch_another_has_raised_is_lost()
    {
        OwnAll();
        Assert.True(_ownership.TryGetToken(3, At(0.5), out var token));
        _ownership.Doubt(token);
        _ownership.Renewed([3], []);
        Assert.False(CanUse(3, 0.5));
        Assert.Equal([3], _ownership.PlanShards(At(0.5)).Drop);
    }

    [Fact]
    public void Doubt_about_a_write_of_an_older_epoch_is_none_about_this_one()
    {
        OwnAll();
        Assert.True(_ownership.TryGetToken(3, At(0.5), out var token));
        _ownership.Doubt(token with { Epoch = token.Epoch - 1 });
        Assert.Empty(_ownership.Doubtful);
    }

    [Fact]
    public void Gives_up_shards_whose_newest_epochs_are_not_its_own()
    {
        OwnAll();
        Assert.True(_ownership.TryGetToken(3, At(0.5), out var mine));
        Assert.True(_ownership.TryGetToken(4, At(0.5), out var taken));
        // An answer that was read before our own raise shows an older epoch.
        _ownership.EpochsAre([mine, taken with { Epoch = taken.Epoch + 1 }, new(5, 0)]);
        Assert.True(CanUse(3, 0.5));
        Assert.True(CanUse(5, 0.5));
        Assert.False(CanUse(4, 0.5));
        Assert.Equal([4], _ownership.PlanShards(At(0.5)).Drop);
    }

    [Fact]
    public void Counts_shards_by_phase()
    {
        OwnAll();
        _ownership.Drained([1, 2]);
        var census = _ownership.Census();
        Assert.Equal(Shards - 2, census[(int)ShardPhase.Owned]);
        Assert.Equal(2, census[(int)ShardPhase.Drained]);
    }

    [Fact]
    public void Refuses_leases_too_short_to_be_renewed() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LeaseRules(TimeSpan.FromMilliseconds(499)));

    private static TimeSpan At(double second) => TimeSpan.FromSeconds(second);

    private void Observe(double second, params string[] instances) =>
        _ownership.Observe([.. instances.Select(instance => Beat(instance, MemberState.Serving))], At(second));

    private void Leave(double second, string instance) =>
        _ownership.Observe([Beat("a", MemberState.Serving), Beat(instance, MemberState.Leaving)], At(second));

    private MemberHeartbeat Beat(string instance, MemberState state) => new(new(instance, $"{instance}:8881", state), ++_beats);

    private void OwnAll()
    {
        Observe(0, "a");
        Renew(0);
        Start(All);
    }

    private void Renew(double second)
    {
        var plan = _ownership.PlanLeases(At(second));
        _ownership.Claimed(plan, plan.Claim);
    }

    private void Start(params int[] shards)
    {
        _epoch++;
        Assert.Equal(shards.Length, _ownership.Started([.. shards.Select(shard => new FencingToken(shard, _epoch))]).Count);
    }

    private bool CanUse(int shard, double second) => _ownership.TryGetToken(shard, At(second), out _);
}
