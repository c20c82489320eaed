namespace Keylime.Sharding.Tests;

public class MembershipTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly Membership _membership = new(Timeout);
    private readonly Dictionary<string, MemberHeartbeat> _store = [];
    private long _beats;

    [Fact]
    public void Counts_a_member_out_once_its_beat_has_not_changed_for_the_timeout()
    {
        Beat("a", "b");
        Read(0);
        for (var second = 1; second <= 3; second++) { Beat("a"); Read(second); }
        Assert.Equal(["a", "b"], Alive);
        Beat("a");
        Read(3.1);
        Assert.Equal(["a"], Alive);
    }

    [Fact]
    public void Keeps_a_silent_member_out_while_the_store_still_shows_it_and_lets_it_back_with_its_next_beat()
    {
        Beat("a");
        for (var second = 0; second <= 30; second++) Read(second);
        Assert.Empty(Alive);
        Beat("a");
        Read(31);
        Assert.Equal(["a"], Alive);
    }

    [Fact]
    public void Does_not_take_a_flushed_store_for_a_farewell()
    {
        Beat("a", "b");
        Read(0);
        _store.Clear();
        Beat("a");
        Read(1);
        Assert.Equal(["a", "b"], Alive);
        Beat("a");
        Read(3);
        Beat("a");
        Read(4);
        Assert.Equal(["a"], Alive);
    }

    [Fact]
    public void Blames_nobody_for_a_time_in_which_nothing_was_read()
    {
        Beat("a", "b");
        Read(0);
        Read(60);
        Assert.Equal(["a", "b"], Alive);
        Read(62);
        Read(63.5);
        Assert.Empty(Alive);
    }

    [Fact]
    public void Gives_a_leaving_member_no_shards_at_once()
    {
        Beat("a");
        Beat(MemberState.Leaving, "b");
        Read(0);
        Assert.Equal(["a", "b"], Alive);
        Assert.Equal(["a"], Owners);
    }

    [Fact]
    public void Moves_the_shards_of_one_member_that_lost_the_database()
    {
        for (var second = 0; second <= 3; second++) { Beat("a"); Beat(MemberState.Degraded, "b"); Read(second); }
        Assert.Equal(["a"], Owners);
    }

    [Fact]
    public void Moves_nothing_when_all_lose_the_database_one_after_the_other_and_find_it_again_so()
    {
        (double At, MemberState A, MemberState B)[] course =
        [
            (0, MemberState.Serving, MemberState.Serving), (1, MemberState.Serving, MemberState.Serving), (2, MemberState.Serving, MemberState.Serving),
            (3, MemberState.Serving, MemberState.Serving), (4, MemberState.Degraded, MemberState.Serving), (5, MemberState.Degraded, MemberState.Degraded),
            (8, MemberState.Degraded, MemberState.Degraded), (11, MemberState.Degraded, MemberState.Degraded), (12, MemberState.Degraded, MemberState.Serving),
            (13, MemberState.Serving, MemberState.Serving), (16, MemberState.Serving, MemberState.Serving),
        ];
        foreach (var (at, a, b) in course)
        {
            Beat(a, "a");
            Beat(b, "b");
            Read(at);
            Assert.Equal(["a", "b"], Owners);
        }
    }

    [Fact]
    public void Sees_a_restart_under_the_same_name_with_its_new_address()
    {
        Beat("a");
        Read(0);
        _store["a"] = new(new("a", "10.9.9.9:1"), ++_beats);
        Read(1);
        Assert.Equal("10.9.9.9:1", Assert.Single(_membership.Alive).Address);
    }

    private IEnumerable<string> Alive => _membership.Alive.Select(member => member.Instance);

    private IEnumerable<string> Owners => _membership.Owners.Select(member => member.Instance);

    private void Beat(params string[] instances) => Beat(MemberState.Serving, instances);

    private void Beat(MemberState state, params string[] instances)
    {
        foreach (var instance in instances) _store[instance] = new(new(instance, $"{instance}:8881", state), ++_beats);
    }

    private void Read(double second) => _membership.Observe(_store.Values, TimeSpan.FromSeconds(second));
}
