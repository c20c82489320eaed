using Keylime.Load.Fleet;
using Keylime.Load.Injection;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Load.Tests.Injection;

public sealed class InjectedFailuresTests
{
    private readonly InjectedFailures _failures = new();

    [Fact]
    public void A_failure_that_is_shown_is_not_lost()
    {
        Inject("a");
        Assert.Empty(_failures.FindLost(States(("a", TrustState.Failed))));
    }

    [Theory]
    [InlineData(TrustState.Attested)]
    [InlineData(TrustState.Stale)]
    [InlineData(TrustState.Pending)]
    [InlineData(null)]
    public void A_failure_that_is_not_shown_is_lost(string? state)
    {
        Inject("a");
        Assert.Equal(["a"], _failures.FindLost(States(("a", state))));
    }

    [Fact]
    public void An_agent_that_is_gone_is_lost()
    {
        Inject("a");
        Assert.Equal(["a"], _failures.FindLost(States()));
    }

    [Fact]
    public void A_failure_that_was_taken_back_is_lost_even_if_it_is_shown_again()
    {
        Inject("a");
        _failures.Look(States(("a", TrustState.Failed)));
        _failures.Look(States(("a", TrustState.Attested)));
        Assert.Equal(["a"], _failures.FindLost(States(("a", TrustState.Failed))));
    }

    [Fact]
    public void An_agent_that_is_still_attested_when_its_fault_was_just_sent_is_not_yet_lost()
    {
        Inject("a");
        _failures.Look(States(("a", TrustState.Attested)));
        Assert.Empty(_failures.FindLost(States(("a", TrustState.Failed))));
    }

    [Fact]
    public void Only_what_the_fleet_has_sent_counts_and_once()
    {
        Inject("a");
        Inject("a");
        _failures.Hear(new() { Event = "tick", Agent = "b" });
        _failures.Hear(new() { Event = "injected" });
        Assert.Equal(1, _failures.Count);
    }

    private void Inject(string agent) => _failures.Hear(new() { Event = "injected", Agent = agent });

    private static Dictionary<string, VerifierAgentResponse> States(params (string Id, string? State)[] agents) =>
        agents.ToDictionary(agent => agent.Id, agent => new VerifierAgentResponse { TrustState = agent.State });
}
