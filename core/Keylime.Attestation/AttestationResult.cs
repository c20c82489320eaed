using Keylime.Attestation.Quotes;

namespace Keylime.Attestation;

/// <summary>What an appraisal found. Made by <see cref="Appraiser"/> only.</summary>
public sealed class AttestationResult
{
    private AttestationResult(Verdict verdict, Findings findings, AppraisalState nextState)
    {
        Verdict = verdict;
        Failures = findings.Failures;
        FailureCount = findings.FailureCount;
        NextState = nextState;
    }

    /// <summary>The outcome.</summary>
    public Verdict Verdict { get; }
    /// <summary>Why the evidence was rejected, in the order of the checks; empty otherwise. Long lists are cut: see <see cref="FailureCount"/>.</summary>
    public IReadOnlyList<AttestationFailure> Failures { get; }
    /// <summary>How many failures there were, the ones that were cut included.</summary>
    public int FailureCount { get; }
    /// <summary>What to hand to the next appraisal of the agent, and to store, whatever the verdict.</summary>
    public AppraisalState NextState { get; }
    /// <summary>The quote with its PCR values and clock; null unless it is genuine.</summary>
    public VerifiedQuote? Quote { get; private init; }
    /// <summary>The payload key (PEM) that the quote binds; null when it binds none, or another one.</summary>
    public string? PayloadPublicKey { get; private init; }

    /// <summary>PCR values of the quote in the bank that policies speak of, by number; empty unless the quote is genuine.</summary>
    public IReadOnlyDictionary<int, ReadOnlyMemory<byte>> PcrValues =>
        (Quote?.Pcrs ?? []).Where(value => value.Bank == Quote!.Bank).ToDictionary(value => value.Pcr, value => value.Value);

    /// <summary>A rejection before anything could be believed: the state stays as it was.</summary>
    internal static AttestationResult Rejected(Findings findings, AppraisalState previous) => new(Verdict.Rejected, findings, previous);

    /// <summary>The end of an appraisal that got as far as a genuine quote. Trust is given here and nowhere else.</summary>
    internal static AttestationResult Conclude(Findings findings, VerifiedQuote quote, string? payloadKey, bool askAgain, AppraisalState next) =>
        new(findings.FailureCount > 0 ? Verdict.Rejected
            : askAgain ? Verdict.AskAgain
            : findings.AllowTrust ? Verdict.Trusted
            : Verdict.Rejected, findings, next)
        {
            Quote = quote,
            PayloadPublicKey = payloadKey,
        };
}
