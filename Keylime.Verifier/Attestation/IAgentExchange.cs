using Keylime.Attestation.Agents;

namespace Keylime.Verifier.Attestation;

/// <summary>The way to the agents. What is done with what they answer is <see cref="AttestationRound"/>'s.</summary>
internal interface IAgentExchange
{
    /// <summary>Runs an agent's next step and says where that leads.</summary>
    /// <exception cref="StoreUnavailableException">The agent's policies could not be read; nothing was asked.</exception>
    Task<Transition> RunAsync(Exchange exchange, CancellationToken ct);
}
