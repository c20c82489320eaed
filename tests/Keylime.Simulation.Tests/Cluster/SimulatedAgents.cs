using Keylime.Attestation;
using Keylime.Protocol;
using Keylime.Simulation.Tests.Checks;
using Keylime.Simulation.Tests.Faults;
using Keylime.Simulation.Tests.World;
using Keylime.Verifier.Attestation;

namespace Keylime.Simulation.Tests.Cluster;

/// <summary>The agents, and what one verifier finds when it asks them. Evidence is not made, and not judged: an agent is good or bad, and the answer says which.</summary>
internal sealed class SimulatedAgents(
    IReadOnlySet<AgentId> bad, Link link, SimulatedProcess process, string instance, Auditor auditor, AgentTransitions transitions, AttestationOptions options, TimeProvider clock, Mutation mutation)
    : IAgentExchange
{
    private static readonly AttestationFailure Tampered = new("ima.validation.ima-ng.not_in_allowlist", "a file that no policy allows", Recoverable: false);

    public async Task<Transition> RunAsync(Exchange exchange, CancellationToken ct)
    {
        var agent = exchange.Agent.Id;
        auditor.Asks(process, instance, agent, exchange.Agent.Shard);
        var asked = clock.GetUtcNow();
        bool isGood;
        try
        {
            isGood = await link.AskAsync(() => $"quote of {agent}, {(bad.Contains(agent) ? "bad" : "good")}", () =>
            {
                auditor.Answered(agent, !bad.Contains(agent));
                return !bad.Contains(agent);
            }, options.RequestTimeout, reason => new TimeoutException(reason), ct);
        }
        catch (TimeoutException e)
        {
            return transitions.Unreachable(exchange.Run, e.Message);
        }
        var now = clock.GetUtcNow();
        return isGood ? Trusted(exchange.Run, mutation == Mutation.SuccessCountsFromTheVerdict ? now : asked, now) : transitions.Malformed(exchange.Run, Tampered, now);
    }

    // What AgentTransitions makes of a result that only a genuine quote brings about.
    private Transition Trusted(AgentRun run, DateTimeOffset asked, DateTimeOffset now) => new(run with
    {
        State = run.State with
        {
            OperationalState = OperationalState.GetQuote,
            AttestationCount = run.State.AttestationCount + 1,
            LastReceivedQuote = now,
            LastSuccessfulAttestation = asked,
            FreshFor = options.FreshFor,
            Reason = null,
        },
        Next = NextStep.Quote,
        Retries = 0,
        WantsPayloadKey = false,
        OwesV = false,
    }, null, VerdictChanged: run.State.OperationalState != OperationalState.GetQuote, []);
}
