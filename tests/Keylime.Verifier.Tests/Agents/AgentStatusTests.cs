using System.Security.Cryptography;
using Keylime.Attestation.Agents;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Protocol;
using Keylime.Verifier.Agents;

namespace Keylime.Verifier.Tests.Agents;

public sealed class AgentStatusTests
{
    [Theory]
    [InlineData(OperationalState.GetQuote, true, "PASS", TrustState.Attested)]
    [InlineData(OperationalState.GetQuote, false, "TIMEOUT", TrustState.Stale)]
    [InlineData(OperationalState.ProvideV, false, "TIMEOUT", TrustState.Stale)]
    [InlineData(OperationalState.InvalidQuote, true, "FAIL", TrustState.Failed)]
    [InlineData(OperationalState.Failed, false, "FAIL", TrustState.Failed)]
    [InlineData(OperationalState.Start, false, "PENDING", TrustState.Pending)]
    public void Nobody_passes_who_is_not_attested_now(OperationalState state, bool isFresh, string status, string trust)
    {
        var agent = StoredAgents.In(new() { OperationalState = state }, isFresh);

        var shown = AgentStatus.Of(agent, new());

        Assert.Equal((status, trust), (shown.AttestationStatus, shown.TrustState));
    }

    [Theory]
    [InlineData(OperationalState.GetQuote, true, null)]
    [InlineData(OperationalState.GetQuote, false, "No good attestation within the deadline. silence")]
    [InlineData(OperationalState.Failed, false, "silence")]
    [InlineData(OperationalState.Start, false, "silence")]
    public void Whoever_is_not_attested_is_shown_with_what_was_last_heard_of_it(OperationalState state, bool isFresh, string? reason) =>
        Assert.Equal(reason, AgentStatus.Of(StoredAgents.In(new() { OperationalState = state, Reason = "silence" }, isFresh), new()).Reason);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Keys_for_file_signatures_judge_unless_a_policy_excludes_everything(bool excludesEverything, bool isJudged)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var agent = StoredAgents.In(new(), isFresh: true);
        agent = agent with
        {
            Enrollment = agent.Enrollment with { ImaSignVerificationKeys = $$"""{"meta":{"version":1},"keyids":[1],"pubkeys":["{{Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}}"]}""" },
            RuntimePolicy = new("h", IsSet: excludesEverything, JudgesNothing: true),
        };
        Assert.Equal(isJudged ? [Judged.Runtime] : [], AgentStatus.Of(agent, new()).Judged);
    }

    [Theory]
    [InlineData(MeasuredBootEngine.Example, true)]
    [InlineData(MeasuredBootEngine.AcceptAll, false)]
    public void A_boot_that_the_engine_accepts_unseen_is_not_judged(MeasuredBootEngine engine, bool isJudged)
    {
        var agent = StoredAgents.In(new(), isFresh: true) with { MeasuredBootPolicy = new("h", IsSet: true) };
        Assert.Equal(isJudged ? [Judged.MeasuredBoot] : [], AgentStatus.Of(agent, new() { MeasuredBootEngine = engine }).Judged);
    }
}
