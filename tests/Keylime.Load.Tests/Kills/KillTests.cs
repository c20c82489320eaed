using Keylime.Load.Fleet;
using Keylime.Load.Kills;
using Keylime.Load.Options;

namespace Keylime.Load.Tests.Kills;

public sealed class KillTests
{
    [Fact]
    public void Kills_are_spread_evenly_and_leave_time_before_and_after()
    {
        var plan = KillSchedule.Plan([KillTarget.Verifier], 4, TimeSpan.FromMinutes(4), new Random(1));
        Assert.Equal([30, 90, 150, 210], plan.Select(kill => (int)kill.Due.TotalSeconds));
    }

    [Fact]
    public void Every_target_has_its_turn()
    {
        var plan = KillSchedule.Plan([KillTarget.Verifier, KillTarget.Redis, KillTarget.Gateway], 7, TimeSpan.FromMinutes(1), new Random(5));
        Assert.All(plan.GroupBy(kill => kill.Target), group => Assert.InRange(group.Count(), 2, 3));
    }

    [Fact]
    public void The_same_seed_kills_the_same() => Assert.Equal(
        KillSchedule.Plan([KillTarget.Verifier, KillTarget.Redis], 9, TimeSpan.FromMinutes(1), new Random(5)), KillSchedule.Plan([KillTarget.Verifier, KillTarget.Redis], 9, TimeSpan.FromMinutes(1), new Random(5)));

    [Fact]
    public void Nothing_to_kill_is_an_empty_plan() => Assert.Empty(KillSchedule.Plan([], 3, TimeSpan.FromMinutes(1), new Random(1)));

    [Fact]
    public void Percentiles_are_over_all_agents_of_all_kills_of_a_target()
    {
        var summary = KillSummary.Of(
        [
            new(KillTarget.Verifier, [1, 2], [0.5, 0.6], [], null),
            new(KillTarget.Redis, [], [], ["a"], 2.0004),
            new(KillTarget.Verifier, [3, 4.00049], [0.7, 0.8], ["b", "c"], null),
        ]);
        Assert.Equal(["verifier", "redis"], summary.Select(kill => kill.Target));
        Assert.Equal((2, new Spread(2, 4, 4), new Spread(0.6, 0.8, 0.8), 2), (summary[0].Count, summary[0].GapSeconds, summary[0].ReturnSeconds, summary[0].Missing));
        Assert.Equal([2, 4], summary[0].EachMaxGapSeconds);
        Assert.Equal((new Spread(null, null, null), 1), (summary[1].GapSeconds, summary[1].Missing));
        Assert.Equal((new Spread(null, null, null), new Spread(2, 2, 2)), (summary[0].RecoverySeconds, summary[1].RecoverySeconds));
        Assert.Equal([null], summary[1].EachMaxGapSeconds);
    }
}
