namespace Keylime.Sharding.Tests.Conformance;

/// <summary>What every <see cref="IMembershipStore"/> must do. Two stores stand for two verifiers' connections to the same data.</summary>
public abstract class MembershipStoreTests
{
    private static readonly Member Ann = new("verifier-0", "10.0.0.1:8881");
    private static readonly Member Bob = new("verifier-1", "[fd00::1]:8881", MemberState.Degraded, "zone-b");

    private static readonly CancellationToken None = CancellationToken.None;

    protected abstract IMembershipStore First { get; }

    protected abstract IMembershipStore Second { get; }

    [Fact]
    public async Task Shows_a_member_to_itself_at_once_and_to_others()
    {
        Assert.Equal([Ann], Members(await First.BeatAsync(Ann, None)));
        Assert.Equal([Ann, Bob], Members(await Second.BeatAsync(Bob, None)));
        Assert.Equal([Ann, Bob], Members(await First.ListAsync(None)));
    }

    [Fact]
    public async Task Changes_a_members_mark_with_each_of_its_beats_and_with_nothing_else()
    {
        await Second.BeatAsync(Bob, None);
        var marks = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            var heartbeats = await First.BeatAsync(Ann, None);
            marks.Add(BeatOf(heartbeats, Ann));
            Assert.Equal(BeatOf(await Second.ListAsync(None), Ann), marks[^1]);
            Assert.Equal(BeatOf(await First.ListAsync(None), Bob), BeatOf(heartbeats, Bob));
        }
        Assert.Equal(marks.Count, marks.Distinct().Count());
    }

    [Fact]
    public async Task Replaces_what_a_member_said_before()
    {
        await First.BeatAsync(Ann, None);
        var leaving = Ann with { Address = "10.0.0.9:1", State = MemberState.Leaving };
        await First.BeatAsync(leaving, None);
        Assert.Equal([leaving], Members(await Second.ListAsync(None)));
    }

    [Fact]
    public async Task Lists_nobody_before_the_first_beat() => Assert.Empty(await First.ListAsync(None));

    private static IEnumerable<Member> Members(IEnumerable<MemberHeartbeat> heartbeats) =>
        heartbeats.Select(heartbeat => heartbeat.Member).OrderBy(member => member.Instance, StringComparer.Ordinal);

    private static long BeatOf(IEnumerable<MemberHeartbeat> heartbeats, Member member) =>
        heartbeats.Single(heartbeat => heartbeat.Member.Instance == member.Instance).Beat;
}
