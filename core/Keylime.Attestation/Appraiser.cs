using Keylime.Attestation.Policies;
using Keylime.Attestation.Quotes;
using Keylime.Tpm;

namespace Keylime.Attestation;

/// <summary>Appraisal: evidence, the rules for it and what was known before, to a result. Pure; any number of agents in parallel.</summary>
public static class Appraiser
{
    /// <summary>Judges one answer of an agent.</summary>
    /// <param name="evidence">What the agent sent.</param>
    /// <param name="policy">What it is judged by.</param>
    /// <param name="previous">State of the last result, <see cref="AppraisalState.Initial"/> before the first. The request that the evidence answers asked for
    /// IMA entries from <see cref="AppraisalState.NextImaEntry"/>.</param>
    /// <param name="nonce">The qualifying data of the request, byte for byte (in the pull model the ASCII bytes of the query parameter).</param>
    /// <param name="time">Tells how long the policies' expressions take, and nothing else: see <see cref="ExpressionBudget"/>.</param>
    /// <param name="knownPayloadKey">Payload key of the last good quote, for answers that leave it out.</param>
    /// <exception cref="ArgumentException">The nonce is empty: the quote would prove nothing about now.</exception>
    public static AttestationResult Appraise(
        Evidence evidence, AppraisalPolicy policy, AppraisalState previous, ReadOnlySpan<byte> nonce, TimeProvider time, string? knownPayloadKey = null)
    {
        if (nonce.IsEmpty) throw new ArgumentException("A quote is asked for with a nonce.", nameof(nonce));
        var findings = new Findings();
        var payloadKey = evidence.PayloadPublicKey ?? knownPayloadKey;
        if (policy.PayloadKeyRequired && payloadKey is null) findings.Fail(AttestationFailure.NoPayloadKey());
        else if (CheckAlgorithms(evidence, policy.AcceptedAlgorithms, findings, out var reported)
            && CheckImaEntry(evidence, previous, findings)
            && VerifyQuote(evidence, policy, reported, nonce, findings) is { } quote
            && CheckClock(quote, previous, findings, out var clock))
            return AppraisePcrs(evidence, policy, previous with { Clock = clock }, quote, payloadKey, findings, IsReboot(clock, previous.Clock), new(time));
        return AttestationResult.Rejected(findings, previous);
    }

    /// <summary>The checks of the values, in Keylime's order. All are made, so that one answer tells all that is wrong.</summary>
    private static AttestationResult AppraisePcrs(Evidence evidence, AppraisalPolicy policy, AppraisalState state,
        VerifiedQuote quote, string? payloadKey, Findings findings, bool rebooted, ExpressionBudget budget)
    {
        var boundKey = CheckPayloadKey(policy, quote, payloadKey, findings);
        var boot = new MeasuredBootAppraisal(evidence.BootLog, policy.MeasuredBootPolicy, quote, findings);
        var askAgain = AppraiseIma(evidence, policy.ImaRules(boot.BootAggregates(), budget), ref state, quote, findings, rebooted);
        state = state with { AcceptedBoot = boot.Appraise(policy.MeasuredBootEvaluation, rebooted ? null : state.AcceptedBoot, budget) };
        findings.Made(Checks.MeasuredBoot);
        CheckPcrPolicy(policy, quote, findings);
        return AttestationResult.Conclude(findings, quote, boundKey, askAgain, state);
    }

    private static bool CheckAlgorithms(Evidence evidence, AcceptedAlgorithms accepted, Findings findings, out TpmAlgorithm reported)
    {
        if (!TpmHash.TryParseHashName(evidence.HashAlgorithm, out reported) || !accepted.AcceptsHash(evidence.HashAlgorithm))
            findings.Fail(AttestationFailure.AlgorithmNotAccepted("hash_alg", evidence.HashAlgorithm));
        else if (!accepted.AcceptsEncryption(evidence.EncryptionAlgorithm))
            findings.Fail(AttestationFailure.AlgorithmNotAccepted("enc_alg", evidence.EncryptionAlgorithm));
        else if (!accepted.AcceptsSigning(evidence.SigningAlgorithm))
            findings.Fail(AttestationFailure.AlgorithmNotAccepted("sign_alg", evidence.SigningAlgorithm));
        else findings.Made(Checks.Algorithms);
        return findings.FailureCount == 0;
    }

    /// <summary>An agent answers with what was asked for, or from the beginning when its list is shorter than that: it has booted. So too without a list:
    /// whoever was asked for the beginning must not claim another boot again.</summary>
    private static bool CheckImaEntry(Evidence evidence, AppraisalState previous, Findings findings)
    {
        if (evidence.ImaFirstEntry == 0 || evidence.ImaFirstEntry == previous.NextImaEntry) return true;
        findings.Fail(AttestationFailure.WrongImaEntry(previous.NextImaEntry, evidence.ImaFirstEntry));
        return false;
    }

    private static VerifiedQuote? VerifyQuote(Evidence evidence, AppraisalPolicy policy, TpmAlgorithm reported, ReadOnlySpan<byte> nonce, Findings findings)
    {
        if (!VerifiedQuote.TryVerify(
            evidence.Attest.Span, evidence.Signature.Span, evidence.Pcrs.Span, policy.AttestationKey, nonce, out var quote, out var fault))
            findings.Fail(AttestationFailure.InvalidQuote(fault));
        // Policies speak of one bank. Values of others may be in the quote; they are not looked at.
        else if (reported != quote.Hash && reported != quote.Bank)
            findings.Fail(AttestationFailure.InvalidQuote($"it is signed with {quote.Hash.ToHashName()}, the agent reports {reported.ToHashName()}"));
        // What the agent reports was looked at before; this is what it did.
        else if (policy.AcceptedAlgorithms.FindUnaccepted(quote) is var (member, name))
            findings.Fail(AttestationFailure.AlgorithmNotAccepted(member, name));
        else findings.Made(Checks.Quote);
        return findings.FailureCount == 0 ? quote : null;
    }

    private static bool CheckClock(VerifiedQuote quote, AppraisalState previous, Findings findings, out ClockState next)
    {
        var fault = ClockRules.Judge(quote.Clock, previous.Clock, out next);
        if (fault is null) findings.Made(Checks.Clock);
        else findings.Fail(AttestationFailure.InvalidQuote(fault));
        return fault is null;
    }

    private static bool IsReboot(ClockState now, ClockState? before) => before is { } last && now.ResetCount != last.ResetCount;

    private static string? CheckPayloadKey(AppraisalPolicy policy, VerifiedQuote quote, string? payloadKey, Findings findings)
    {
        findings.Made(Checks.PayloadKey);
        if (payloadKey is null) return null; // Not required: a pull agent without one was rejected above.
        if (!quote.TryGetPcr(quote.Bank, PayloadKeyBinding.Pcr, out var value)) findings.Fail(AttestationFailure.MissingPcr16());
        else if (PayloadKeyBinding.ExpectedPcr(quote.Bank, payloadKey) is var expected && !value.Span.SequenceEqual(expected))
            findings.Fail(AttestationFailure.InvalidPcr(PayloadKeyBinding.Pcr, Convert.ToHexStringLower(expected), value.Span));
        else return payloadKey;
        return null;
    }

    /// <summary>Judges the IMA list when PCR 10 is quoted. True: the list has to be asked for again, from its beginning.</summary>
    private static bool AppraiseIma(
        Evidence evidence, ImaRules rules, ref AppraisalState state, VerifiedQuote quote, Findings findings, bool rebooted)
    {
        findings.Made(Checks.Ima);
        // A list of another boot. The reset counter is signed for; the boot time is the agent's word and only ever costs it another round.
        var startsOver = evidence.ImaFirstEntry == 0;
        // A position in one bank says nothing about another.
        var isOfOtherBank = state.Ima is { } position && position.PcrValue.Length != quote.Bank.DigestBytes();
        var isOfOtherBoot = !startsOver && (rebooted || isOfOtherBank || evidence.BootTime != state.BootTime);
        // Within a boot a list only grows: one that is sent from its beginning, unasked, must catch up like its tail.
        var reached = rebooted || isOfOtherBank ? null : state.Ima;
        if (startsOver || isOfOtherBoot) state = state with { Ima = null };
        state = state with { BootTime = evidence.BootTime };
        if (!quote.TryGetPcr(quote.Bank, ImaAppraisal.Pcr, out var quoted)) return false; // Where a list is to be judged, its absence fails with the PCRs.
        if (isOfOtherBoot) return true;
        if (evidence.ImaLog is not { } log) findings.Fail(AttestationFailure.UnusedPcr(ImaAppraisal.Pcr, "IMA list"));
        else state = state with { Ima = ImaAppraisal.Appraise(log.Span, state.Ima, quote.Bank, quoted.Span, rules, findings, reached) };
        return false;
    }

    private static void CheckPcrPolicy(AppraisalPolicy policy, VerifiedQuote quote, Findings findings)
    {
        findings.Made(Checks.PcrPolicy);
        List<int> missing = [];
        for (var pcr = 0; pcr < 24; pcr++)
        {
            var isWanted = policy.TpmPolicy.Pins(pcr) || (policy.QuotedPcrs >> pcr & 1) != 0;
            if (!isWanted) continue;
            // Keylime minds pinned PCRs only. An agent that left PCR 10 out of the quote would be spared its IMA list, so everything asked for must be there.
            if (!quote.TryGetPcr(quote.Bank, pcr, out var value)) missing.Add(pcr);
            else if (policy.TpmPolicy.Pins(pcr) && !policy.TpmPolicy.Accepts(pcr, value.Span))
                findings.Fail(AttestationFailure.InvalidPcr(pcr, policy.TpmPolicy.Describe(pcr), value.Span));
        }
        if (missing.Count > 0) findings.Fail(AttestationFailure.MissingPcrs(missing));
    }
}
