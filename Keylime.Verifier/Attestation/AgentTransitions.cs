using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;

namespace Keylime.Verifier.Attestation;

/// <summary>The pull protocol's rules: from where the loop stands with an agent and what the last exchange brought, to where it stands next.
/// No I/O and no clock.</summary>
/// <remarks>Where Keylime's loop ends in an exception (a good quote after a recoverable failure) or spins (failing again), it polls at
/// the quote interval here and goes back to attesting when the evidence is good again.</remarks>
internal sealed class AgentTransitions(AttestationOptions options)
{
    private const string PayloadKeyMismatch = "pcr_validation.invalid_pcr_16";

    // "qoute" is upstream's spelling and part of the API; do not correct.
    private static readonly AttestationFailure Evades = new(
        "qoute_validation.invalid_ima_entry_nb", "The agent has twice in a row given cause to be asked again instead of judged", Recoverable: false);

    /// <summary>Takes up an agent as the store has it: where its last owner left it, or at the start.</summary>
    public AgentRun Resume(StoredAgent stored)
    {
        var state = stored.State;
        // What an older or newer version wrote and we cannot read only costs a replay of the IMA list from its beginning.
        var appraisal = AppraisalState.TryParse(state.AppraisalState.Span, out var parsed) ? parsed : AppraisalState.Initial;
        // A start, also one after a failure, has no failures yet.
        if (state.OperationalState == OperationalState.Start) state = state with { SeverityLevel = null, LastEventId = null, Reason = null };
        return new(stored.Enrollment, state, appraisal)
        {
            Next = IsPolled(state) ? NextStep.Quote : NextStep.Stop,
            OwesV = state.OperationalState is OperationalState.Start or OperationalState.ProvideV or OperationalState.ProvideVRetry,
        };
    }

    /// <summary>A changed policy judges the whole list: what the old one let pass may not pass now.</summary>
    public static AgentRun WithPolicyChanged(AgentRun run) => run with { Appraisal = run.Appraisal with { Ima = null } };

    /// <summary>A quote came and was judged. It tells of the machine as it was when asked for, at the earliest: an answer that was long under way
    /// makes nobody fresh for longer.</summary>
    public Transition Judged(AgentRun run, QuoteResponse answer, AttestationResult result, DateTimeOffset asked, DateTimeOffset now)
    {
        run = Answered(run, now) with { Appraisal = result.NextState };
        return result.Verdict switch
        {
            Verdict.Trusted => Trusted(run, answer, result, asked),
            Verdict.AskAgain => run.Repeats == 0 ? AskAgain(run) : Rejected(run, [Evades]),
            _ when run is { WantsPayloadKey: false, Repeats: 0 } && answer.Pubkey is null && result.Failures.All(failure => failure.EventId == PayloadKeyMismatch) =>
                // The agent may have restarted with a new payload key, which a partial answer does not hold. Judge one that does.
                AskAgain(run with { WantsPayloadKey = true }),
            _ => Rejected(run, result.Failures),
        };
    }

    /// <summary>An answer came that is no quote.</summary>
    public Transition Malformed(AgentRun run, AttestationFailure failure, DateTimeOffset now) => Rejected(Answered(run, now), [failure]);

    /// <summary>V has arrived.</summary>
    public static Transition VDelivered(AgentRun run) => Quietly(run with
    {
        State = run.State with { OperationalState = OperationalState.GetQuote },
        Next = NextStep.Quote,
        Retries = 0,
        OwesV = false,
    });

    /// <summary>No answer, or one that says to come again.</summary>
    public Transition Unreachable(AgentRun run, string detail)
    {
        var retries = run.Retries + 1;
        if (retries <= options.MaxRetries)
        {
            // Why it failed outlives that it does not answer either.
            var state = run.State.OperationalState == OperationalState.InvalidQuote ? run.State : run.State with { Reason = $"The last request failed: {detail}" };
            return Quietly(run with { State = state, Retries = retries, WantsPayloadKey = true }, options.BackOff(retries));
        }
        var deliversV = run.Next == NextStep.DeliverV;
        var failure = Internal(deliversV ? "not_reachable_v" : "not_reachable", $"The agent could not be reached, {retries} times in a row: {detail}");
        return GiveUp(run, failure, notify: deliversV || run.State.AttestationCount > 0);
    }

    /// <summary>An answer that is neither a quote nor a reason to come again.</summary>
    public Transition Refused(AgentRun run, int status, string text) => GiveUp(run,
        Internal(run.Next == NextStep.DeliverV ? "no_v" : "no_quote", $"The agent answered {status}: {text}"), notify: false);

    /// <summary>The agent does not speak our version and has said which it speaks. A lower one than it has attested in is an attack or a mistake.</summary>
    public Transition Renegotiated(AgentRun run, ApiVersion? common)
    {
        if (common is not { } version)
            return GiveUp(run, Internal("version_not_supported", "The agent speaks no API version that we speak"), notify: false);
        return version.CompareTo(run.Version) switch
        {
            0 => Unreachable(run, $"it refuses API version {version} and offers it"),
            < 0 when run.State.AttestationCount > 0 => GiveUp(run,
                Internal("version_not_supported", $"The agent offers API version {version}, lower than {run.Version} in which it has attested"), notify: false),
            // Once for nothing. An agent that changes its mind before it has attested uses up its tries.
            _ when run.State is { NegotiatedVersion: not null, AttestationCount: 0 } => Unreachable(Speaking(run, version), $"it refuses API version {run.Version} after offering it"),
            _ => Quietly(Speaking(run, version), TimeSpan.Zero),
        };
    }

    /// <summary>Our own fault: an exception while the agent's evidence was judged.</summary>
    public Transition Broken(AgentRun run, string detail) => GiveUp(run, Internal("exception", detail), notify: false);

    // An agent whose last failure was below the highest severity was being polled, and goes on being polled by whoever takes it up.
    private bool IsPolled(AgentState state) => state.OperationalState switch
    {
        OperationalState.Start or OperationalState.GetQuote or OperationalState.GetQuoteRetry
            or OperationalState.ProvideV or OperationalState.ProvideVRetry => true,
        OperationalState.InvalidQuote => state.SeverityLevel < options.Severity.HighestLevel,
        _ => false,
    };

    private static AgentRun Answered(AgentRun run, DateTimeOffset now) =>
        run with { Retries = 0, State = run.State with { LastReceivedQuote = now } };

    private Transition Trusted(AgentRun run, QuoteResponse answer, AttestationResult result, DateTimeOffset asked)
    {
        var state = run.State;
        var key = result.PayloadPublicKey ?? state.PayloadPublicKey;
        var deliversV = run.Enrollment.V is not null && (run.OwesV || key != state.PayloadPublicKey);
        return new(run with
        {
            State = state with
            {
                OperationalState = deliversV ? OperationalState.ProvideV : OperationalState.GetQuote,
                AttestationCount = state.AttestationCount + 1,
                LastSuccessfulAttestation = asked,
                FreshFor = options.FreshFor,
                HashAlgorithm = answer.HashAlg!,
                EncryptionAlgorithm = answer.EncAlg!,
                SigningAlgorithm = answer.SignAlg!,
                PayloadPublicKey = key,
                Reason = null,
            },
            Next = deliversV ? NextStep.DeliverV : NextStep.Quote,
            WantsPayloadKey = false,
            OwesV = deliversV,
            Repeats = 0,
        }, deliversV ? TimeSpan.Zero : null, VerdictChanged: !IsAttesting(state), []);
    }

    // At once, and once: an agent could put off its verdict for ever by making us repeat.
    private static Transition AskAgain(AgentRun run) => Quietly(run with { Repeats = run.Repeats + 1 }, TimeSpan.Zero);

    private Transition Rejected(AgentRun run, IReadOnlyList<AttestationFailure> failures)
    {
        var severity = options.Severity.Assess(failures);
        var worse = IsWorse(severity, run.State);
        // Below the highest severity an agent may fail many times over: told at first, and when it gets worse.
        var isNews = worse || run.State.OperationalState != OperationalState.InvalidQuote;
        return new(run with
        {
            State = Failed(run.State, OperationalState.InvalidQuote, severity, worse),
            Next = severity.EndsPolling ? NextStep.Stop : NextStep.Quote,
            WantsPayloadKey = true,
            Repeats = 0,
        }, null, isNews, isNews ? [new("revocation", severity.Failure, severity.Label)] : []);
    }

    private static AgentRun Speaking(AgentRun run, ApiVersion version) =>
        run with { State = run.State with { NegotiatedVersion = version.ToString() }, WantsPayloadKey = true };

    private Transition GiveUp(AgentRun run, AttestationFailure failure, bool notify)
    {
        var severity = options.Severity.Assess([failure]);
        return new(run with
        {
            State = Failed(run.State, OperationalState.Failed, severity, IsWorse(severity, run.State)),
            Next = NextStep.Stop,
        }, null, VerdictChanged: true, notify ? [new("comm_error", failure, severity.Label)] : []);
    }

    private static AgentState Failed(AgentState state, OperationalState stage, FailureSeverity severity, bool worse) => state with
    {
        OperationalState = stage,
        SeverityLevel = worse ? severity.Level : state.SeverityLevel,
        LastEventId = worse ? severity.Failure.EventId : state.LastEventId,
        Reason = severity.Failure.Detail,
    };

    private static bool IsWorse(FailureSeverity severity, AgentState state) => state.SeverityLevel is not { } seen || severity.Level > seen;

    private static bool IsAttesting(AgentState state) => state.OperationalState
        is OperationalState.GetQuote or OperationalState.GetQuoteRetry or OperationalState.ProvideV or OperationalState.ProvideVRetry;

    private static AttestationFailure Internal(string name, string detail) => new("internal.verifier." + name, detail, Recoverable: false);

    private static Transition Quietly(AgentRun run, TimeSpan? delay = null) => new(run, delay, VerdictChanged: false, []);
}
