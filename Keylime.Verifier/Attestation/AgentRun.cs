using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Protocol;

namespace Keylime.Verifier.Attestation;

/// <summary>Where the loop stands with one agent: what is to be stored, and what only the process that polls it needs to know. Immutable;
/// <see cref="AgentTransitions"/> makes the next one.</summary>
internal sealed record AgentRun(AgentEnrollment Enrollment, AgentState State, AppraisalState Appraisal)
{
    /// <summary>What to do with the agent when it is due.</summary>
    public required NextStep Next { get; init; }
    /// <summary>Requests that failed in a row.</summary>
    public int Retries { get; init; }
    /// <summary>Whether the next answer has to hold the payload key (<c>partial=0</c>).</summary>
    public bool WantsPayloadKey { get; init; } = true;
    /// <summary>Whether V is to be delivered after the next good quote.</summary>
    public bool OwesV { get; init; }
    /// <summary>Answers in a row that made us ask again at once instead of judging.</summary>
    public int Repeats { get; init; }

    /// <summary>The API version that the agent is spoken to in.</summary>
    public ApiVersion Version => VersionOf(Enrollment, State);

    /// <summary>The API version that an agent is spoken to in.</summary>
    public static ApiVersion VersionOf(AgentEnrollment enrollment, AgentState state) =>
        ApiVersion.TryParse(state.NegotiatedVersion ?? enrollment.SupportedVersion, out var version) ? version : ApiVersion.Current;

    /// <summary>The state as it goes to the store.</summary>
    public AgentState ToStored() => State with { AppraisalState = Appraisal.Write() };
}

/// <summary>What the loop does with an agent next.</summary>
internal enum NextStep
{
    /// <summary>Nothing, until an operator says so.</summary>
    Stop,
    /// <summary>Ask for a quote.</summary>
    Quote,
    /// <summary>Deliver the verifier's share of the payload key.</summary>
    DeliverV,
}

/// <summary>What one exchange led to.</summary>
/// <param name="Run">Where the loop stands now.</param>
/// <param name="Delay">Pause before the next step; null for the quote interval.</param>
/// <param name="VerdictChanged">Whether the state has to be durable before anything else learns of it.</param>
/// <param name="Notices">What goes out with it.</param>
internal sealed record Transition(AgentRun Run, TimeSpan? Delay, bool VerdictChanged, IReadOnlyList<Notice> Notices);

/// <summary>A revocation message to be made: of type <c>revocation</c> or <c>comm_error</c>, about an event.</summary>
internal sealed record Notice(string Type, AttestationFailure Event, string SeverityLabel);
