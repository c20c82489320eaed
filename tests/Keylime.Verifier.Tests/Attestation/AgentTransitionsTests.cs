using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Tests.Attestation;

/// <summary>The rules of states, retries and versions, on values alone. What needs a genuine quote is in <see cref="AttestationLoopTests"/>.</summary>
public sealed class AgentTransitionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly AttestationFailure Mild = new("ima.pcr_mismatch", "mild", Recoverable: true);
    private static readonly AttestationFailure Grave = new("qoute_validation.quote_validation", "grave", Recoverable: false);

    private readonly AgentTransitions _transitions = new(new AttestationOptions { Severity = MildIsWarning() });

    [Theory]
    [InlineData(OperationalState.Start, true)]
    [InlineData(OperationalState.GetQuote, true)]
    [InlineData(OperationalState.GetQuoteRetry, true)]
    [InlineData(OperationalState.ProvideV, true)]
    [InlineData(OperationalState.ProvideVRetry, true)]
    [InlineData(OperationalState.Failed, false)]
    [InlineData(OperationalState.InvalidQuote, false)]
    [InlineData(OperationalState.TenantFailed, false)]
    [InlineData(OperationalState.Terminated, false)]
    public void After_a_restart_only_the_living_are_polled(OperationalState state, bool isPolled) =>
        Assert.Equal(isPolled ? NextStep.Quote : NextStep.Stop, Resume(new() { OperationalState = state, SeverityLevel = 6 }).Next);

    [Fact]
    public void After_a_restart_a_mild_failure_is_polled_on() =>
        Assert.Equal(NextStep.Quote, Resume(new() { OperationalState = OperationalState.InvalidQuote, SeverityLevel = 2 }).Next);

    [Fact]
    public void An_unreadable_appraisal_state_begins_from_entry_0() =>
        Assert.Equal(0, Resume(new() { OperationalState = OperationalState.GetQuote, AppraisalState = new byte[] { 0xFF } }).Appraisal.NextImaEntry);

    [Fact]
    public void Silence_is_retried_with_growing_pauses_and_then_given_up()
    {
        var run = Resume(new() { OperationalState = OperationalState.GetQuote, AttestationCount = 1 }) with { WantsPayloadKey = false };
        foreach (var seconds in (int[])[2, 4, 8, 16, 32])
        {
            var retry = _transitions.Unreachable(run, "silence");
            Assert.Equal((TimeSpan.FromSeconds(seconds), false, true, OperationalState.GetQuote, "The last request failed: silence"),
                (retry.Delay, retry.VerdictChanged, retry.Run.WantsPayloadKey, retry.Run.State.OperationalState, retry.Run.State.Reason));
            run = retry.Run;
        }
        var last = _transitions.Unreachable(run, "silence");
        Assert.Equal((OperationalState.Failed, NextStep.Stop, true), (last.Run.State.OperationalState, last.Run.Next, last.VerdictChanged));
        Assert.Equal("internal.verifier.not_reachable", last.Run.State.LastEventId);
        Assert.Equal("comm_error", Assert.Single(last.Notices).Type);
    }

    [Fact]
    public void Silence_after_a_failure_does_not_hide_what_failed() =>
        Assert.Equal("old", _transitions.Unreachable(Resume(new() { OperationalState = OperationalState.InvalidQuote, SeverityLevel = 2, Reason = "old" }), "silence").Run.State.Reason);

    [Theory]
    [InlineData(false, 2, 2)]
    [InlineData(true, 1, 1)]
    [InlineData(true, 3, 81)]
    public void Pauses_grow_as_configured(bool exponential, int intervalSeconds, int fourthSeconds)
    {
        var transitions = new AgentTransitions(new AttestationOptions { ExponentialBackoff = exponential, RetryInterval = TimeSpan.FromSeconds(intervalSeconds) });
        Assert.Equal(TimeSpan.FromSeconds(fourthSeconds), transitions.Unreachable(Resume(new()) with { Retries = 3 }, "silence").Delay);
    }

    [Fact]
    public void An_agent_that_never_attested_is_given_up_without_a_notice() =>
        Assert.Empty(_transitions.Unreachable(Resume(new()) with { Retries = 5 }, "silence").Notices);

    [Fact]
    public void An_undeliverable_V_is_told()
    {
        var given = _transitions.Unreachable(Resume(new()) with { Retries = 5, Next = NextStep.DeliverV }, "silence");
        Assert.Equal(("internal.verifier.not_reachable_v", "comm_error"), (given.Run.State.LastEventId, Assert.Single(given.Notices).Type));
    }

    [Theory]
    [InlineData(false, "internal.verifier.no_quote")]
    [InlineData(true, "internal.verifier.no_v")]
    public void A_refusal_ends_it_at_once(bool deliversV, string eventId)
    {
        var refused = _transitions.Refused(Resume(new()) with { Next = deliversV ? NextStep.DeliverV : NextStep.Quote }, 403, "no");
        Assert.Equal((OperationalState.Failed, NextStep.Stop, eventId, true),
            (refused.Run.State.OperationalState, refused.Run.Next, refused.Run.State.LastEventId, refused.VerdictChanged));
    }

    [Fact]
    public void A_mild_failure_is_told_once_and_polled_on_at_the_usual_pace()
    {
        var first = _transitions.Malformed(Resume(new() { OperationalState = OperationalState.GetQuote }), Mild, Now);
        Assert.Equal((OperationalState.InvalidQuote, NextStep.Quote, null, true), (first.Run.State.OperationalState, first.Run.Next, first.Delay, first.VerdictChanged));
        Assert.Equal(("revocation", "warning"), (Assert.Single(first.Notices).Type, first.Notices[0].SeverityLabel));

        var second = _transitions.Malformed(first.Run, Mild, Now);
        Assert.Equal((false, 0), (second.VerdictChanged, second.Notices.Count));

        var worse = _transitions.Malformed(second.Run, Grave, Now);
        Assert.Equal((true, 1, NextStep.Stop), (worse.VerdictChanged, worse.Notices.Count, worse.Run.Next));
        Assert.Equal((6, "qoute_validation.quote_validation", "grave"), (worse.Run.State.SeverityLevel, worse.Run.State.LastEventId, worse.Run.State.Reason));
    }

    [Fact]
    public void Any_answer_ends_the_row_of_retries() =>
        Assert.Equal(0, _transitions.Malformed(Resume(new()) with { Retries = 4 }, Mild, Now).Run.Retries);

    [Theory]
    [InlineData("2.6", 0, "2.2", true, "2.2")]
    [InlineData("2.2", 9, "2.6", true, "2.6")]
    [InlineData("2.6", 9, "2.2", false, null)]
    [InlineData("2.6", 0, null, false, null)]
    public void A_version_may_be_raised_but_after_an_attestation_not_lowered(string enrolled, long count, string? offered, bool goesOn, string? negotiated)
    {
        var run = _transitions.Resume(Stored(new() { OperationalState = OperationalState.GetQuote, AttestationCount = count }, enrolled));
        ApiVersion? common = ApiVersion.TryParse(offered, out var version) ? version : null;
        var transition = _transitions.Renegotiated(run, common);
        Assert.Equal((goesOn ? NextStep.Quote : NextStep.Stop, negotiated), (transition.Run.Next, transition.Run.State.NegotiatedVersion));
        if (!goesOn) Assert.Equal("internal.verifier.version_not_supported", transition.Run.State.LastEventId);
    }

    [Fact]
    public void An_agent_that_refuses_the_version_it_offers_does_not_keep_us_busy()
    {
        var transition = _transitions.Renegotiated(Resume(new()), new ApiVersion(2, 6));
        Assert.Equal((1, TimeSpan.FromSeconds(2)), (transition.Run.Retries, transition.Delay));
    }

    [Fact]
    public void An_agent_that_offers_another_version_every_time_is_given_up()
    {
        var transition = _transitions.Renegotiated(Resume(new()), new ApiVersion(2, 1));
        Assert.Equal((0, TimeSpan.Zero), (transition.Run.Retries, transition.Delay));
        for (var i = 0; i < 6; i++) transition = _transitions.Renegotiated(transition.Run, new ApiVersion(2, i % 2 == 0 ? 2 : 1));
        Assert.Equal((NextStep.Stop, "internal.verifier.not_reachable"), (transition.Run.Next, transition.Run.State.LastEventId));
    }

    [Fact]
    public void After_a_take_over_the_dead_do_not_hold_up_the_living()
    {
        Lane LaneOf(DateTimeOffset? answered, bool isFresh)
        {
            var stored = Stored(new() { OperationalState = OperationalState.GetQuote, LastReceivedQuote = answered }, "2.6") with { IsFresh = isFresh };
            return new OwnedAgent(stored, _transitions.Resume(stored)).Lane;
        }
        Assert.Equal((Lane.New, Lane.New, Lane.Suspect), (LaneOf(null, false), LaneOf(Now, true), LaneOf(Now, false)));
    }

    [Fact]
    public void A_reactivated_agent_has_no_failures_yet()
    {
        var run = Resume(new() { OperationalState = OperationalState.Start, SeverityLevel = 6, LastEventId = "ima.pcr_mismatch", Reason = "old" });
        Assert.Equal((null, null, null), (run.State.SeverityLevel, run.State.LastEventId, run.State.Reason));
    }

    private AgentRun Resume(AgentState state) => _transitions.Resume(Stored(state, "2.6"));

    private static StoredAgent Stored(AgentState state, string version) => StoredAgents.In(state, isFresh: false, version);

    private static SeverityPolicy MildIsWarning()
    {
        Assert.True(SeverityPolicy.TryCreate(SeverityPolicy.Default.Labels, [(@"ima\..*", "warning")], out var policy, out var fault), fault);
        return policy;
    }
}
