using Keylime.Attestation.Agents;
using Keylime.Verifier.Revocation;

namespace Keylime.Verifier.Attestation;

/// <summary>One round of one agent: an exchange, and what it found on its way to the store. Whatever goes wrong with the agent ends in the agent's state.</summary>
internal sealed class AttestationRound(IAgentExchange exchanges, RevocationMessages revocations, StateWriter writer, MonotonicClock clock)
{
    /// <summary>Runs the agent's next step.</summary>
    /// <exception cref="StoreUnavailableException">The agent's policies could not be read; nothing was asked.</exception>
    public async Task<NextRound> RunAsync(OwnedAgent agent, CancellationToken ct)
    {
        if (agent.Begin() is not { } exchange) return agent.IsForgotten || agent.Run.Next == NextStep.Stop ? NextRound.None : NextRound.AtInterval;
        try
        {
            var transition = await exchanges.RunAsync(exchange, ct);
            // Void: the agent was changed while it was asked. What it is now is asked at once.
            if (!agent.Take(exchange, transition, revocations.Create(exchange.Run.Enrollment, transition.Notices), clock.Now))
                return agent.IsForgotten ? NextRound.None : NextRound.Now;
            if (transition.VerdictChanged) await writer.SaveVerdictAsync(agent, ct);
            else writer.Enqueue(agent);
            return transition.Run.Next == NextStep.Stop ? NextRound.None : new(GoesOn: true, transition.Delay);
        }
        finally
        {
            agent.End();
        }
    }
}

/// <summary>Whether and when the agent is to be asked again; no delay means the quote interval.</summary>
internal readonly record struct NextRound(bool GoesOn, TimeSpan? Delay)
{
    public static NextRound None => default;
    public static NextRound AtInterval => new(true, null);
    public static NextRound Now => new(true, TimeSpan.Zero);
}
