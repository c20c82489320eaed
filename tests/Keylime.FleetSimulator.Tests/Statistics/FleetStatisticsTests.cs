using System.Net;
using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Machines;
using Keylime.FleetSimulator.Statistics;
using Keylime.Protocol;
using Keylime.Testing;

namespace Keylime.FleetSimulator.Tests.Statistics;

public sealed class FleetStatisticsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly AgentPopulation _agents = TestAgents.Idle(3);
    private readonly FleetStatistics _statistics;

    public FleetStatisticsTests() => _statistics = new(_agents, TimeSpan.FromSeconds(2), _clock);

    [Fact]
    public void Gaps_are_those_between_two_quotes_of_one_agent()
    {
        AskAll(after: 0);
        AskAll(after: 2);
        Ask(0, after: 1.5);

        var (gaps, quotes, missed) = _statistics.Report();
        Assert.Equal(new GapSummary(2, 2, 2), gaps);
        Assert.Equal((7, 0), (quotes, missed));
        Assert.Equal(new GapSummary(2, 2, 2), _statistics.TakeRecent());
        Assert.Equal(default, _statistics.TakeRecent());
    }

    [Fact]
    public void A_gap_of_more_than_two_intervals_is_a_missed_deadline_and_so_is_one_that_has_no_end_yet()
    {
        AskAll(after: 0);
        Ask(0, after: 4.1);
        Assert.Equal(3, _statistics.Report().Missed);

        _statistics.Reset();
        Assert.Equal(2, _statistics.Report().Missed);
    }

    [Fact]
    public void The_pause_around_a_fault_is_nobodys_lateness()
    {
        AskAll(after: 0);
        _agents.All[0].Inject(Fault.BadSignature, TimeSpan.Zero);
        Ask(0, after: 1);
        Advance(60);
        _agents.All[0].Heal();
        AskAll(after: 0);
        Ask(0, after: 2);

        Assert.Equal(2, _statistics.Report().Missed);
        Assert.Equal(0, _statistics.Waiting);
    }

    [Fact]
    public void A_mark_sees_the_gap_that_spans_it_and_names_who_was_not_asked_again()
    {
        AskAll(after: 0);
        Advance(1);
        _statistics.Add(new("kill", _agents.All, _clock.GetTimestamp(), _clock.GetTimestamp() + 60 * _clock.TimestampFrequency));
        Ask(0, after: 3);
        Ask(1, after: 2);
        Ask(0, after: 1);
        Assert.Empty(_statistics.TakeConcluded());

        Advance(60);
        var marked = Assert.Single(_statistics.TakeConcluded());
        Assert.Equal(("kill", 3, new GapSummary(4, 6, 6)), (marked.Name, marked.Agents, marked.GapSeconds));
        Assert.Equal([_agents.All[2].Id.Value], marked.Missing);
        Assert.Equal([4, 6], marked.Gaps);
        Assert.Equal([3, 5], marked.Returns);
        Assert.Empty(_statistics.TakeConcluded());
    }

    [Fact]
    public void A_mark_does_not_wait_for_an_agent_that_misbehaves()
    {
        AskAll(after: 0);
        _statistics.Add(new("kill", _agents.All, _clock.GetTimestamp(), _clock.GetTimestamp() + 60 * _clock.TimestampFrequency));
        Ask(0, after: 1);
        Ask(1, after: 0);
        _agents.All[2].Inject(Fault.Dead, TimeSpan.Zero);
        Assert.Equal(2, Assert.Single(_statistics.TakeConcluded()).Agents);
    }

    [Fact]
    public void A_mark_ends_with_its_last_agent()
    {
        AskAll(after: 0);
        _statistics.Add(new("kill", _agents.All, _clock.GetTimestamp(), _clock.GetTimestamp() + 60 * _clock.TimestampFrequency));
        AskAll(after: 1);
        Assert.Empty(Assert.Single(_statistics.TakeConcluded()).Missing);
    }

    private void AskAll(double after)
    {
        Advance(after);
        foreach (var agent in _agents.All) _statistics.NoteQuote(agent);
    }

    private void Ask(int agent, double after)
    {
        Advance(after);
        _statistics.NoteQuote(_agents.All[agent]);
    }

    private void Advance(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));
}
