using Keylime.Attestation.Ima;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>Appraisal of an IMA list by itself, against a PCR value from wherever: the same judgement as that of an agent's list.</summary>
public static class ImaListAppraisal
{
    /// <summary>Replays the list to the PCR value and judges its entries.</summary>
    /// <param name="log">The list, in the kernel's text form.</param>
    /// <param name="start">Where the list begins; null for the boot.</param>
    /// <param name="bank">Bank of the PCR value.</param>
    /// <param name="pcr">Value of PCR 10 that a prefix of the list has to lead to.</param>
    /// <param name="policy">Rules for the entries; null for none.</param>
    /// <param name="keys">Keys that verify file signatures, in place of the policy's own when there are any.</param>
    /// <param name="violationsFail">Whether a violation is a failure.</param>
    /// <param name="budget">What the policy's expressions may take.</param>
    public static ImaListResult Appraise(ReadOnlySpan<byte> log, ImaPosition? start, TpmAlgorithm bank, ReadOnlySpan<byte> pcr,
        RuntimePolicy? policy, ImaKeyring keys, bool violationsFail, ExpressionBudget budget)
    {
        var findings = new Findings();
        var rules = new ImaRules(policy, keys.Count > 0 ? keys : policy?.VerificationKeys ?? ImaKeyring.Empty, violationsFail, budget);
        var position = ImaAppraisal.Appraise(log, start, bank, pcr, rules, findings);
        return new(position, findings.Failures, findings.FailureCount);
    }
}

/// <summary>What the appraisal of a list found.</summary>
/// <param name="Position">The prefix that leads to the PCR value; null when anything is wrong.</param>
/// <param name="Failures">What is wrong, cut when it is much.</param>
/// <param name="FailureCount">How much is wrong.</param>
public sealed record ImaListResult(ImaPosition? Position, IReadOnlyList<AttestationFailure> Failures, int FailureCount);
