using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Quotes;
using Keylime.Tpm;

namespace Keylime.Attestation.Policies;

/// <summary>Judges a boot log: replays it to the quoted PCRs and asks the policy's engine.</summary>
internal sealed class MeasuredBootAppraisal
{
    private const int AggregatedPcrs = 10;

    private readonly MeasuredBootPolicy? _policy;
    private readonly VerifiedQuote _quote;
    private readonly Findings _findings;
    private readonly BootLog? _log;
    private readonly bool _isUnreadable;
    private readonly IReadOnlyDictionary<int, byte[]> _replayed = new Dictionary<int, byte[]>();

    /// <summary>Reads the log and replays the quote's bank. A log that cannot be read fails the agent and ends its measured boot here, as in Keylime.</summary>
    public MeasuredBootAppraisal(ReadOnlyMemory<byte>? log, MeasuredBootPolicy? policy, VerifiedQuote quote, Findings findings)
    {
        (_policy, _quote, _findings) = (policy, quote, findings);
        if (log is not { IsEmpty: false } bytes) return;
        if (BootLog.TryParse(bytes, out var parsed, out var error)) _log = parsed;
        else
        {
            _isUnreadable = true;
            findings.Fail(AttestationFailure.BootLogUnreadable(error));
        }
        if (_log is null || !_log.Banks.Contains(quote.Bank)) return;
        _replayed = BootLogReplay.Replay(_log, quote.Bank);
    }

    /// <summary>What a kernel may have measured as <c>boot_aggregate</c> by this log.</summary>
    /// <remarks>Only for an agent with a measured-boot policy and a log that leads to all the quoted PCRs which the digests are over. Without the first, any machine
    /// could make any boot good by sending the log of it, unasked; without the second, by sending another's.</remarks>
    public IReadOnlyList<byte[]> BootAggregates()
    {
        if (_policy is null || _log is null || !_log.Banks.Contains(_quote.Bank)) return [];
        for (var pcr = 0; pcr < AggregatedPcrs; pcr++)
            if (!_quote.TryGetPcr(_quote.Bank, pcr, out var quoted) || !quoted.Span.SequenceEqual(Replayed(pcr))) return [];
        return [.. _log.Banks.Where(bank => bank.IsHash())
            .SelectMany(bank => BootLogReplay.BootAggregates(bank == _quote.Bank ? _replayed : BootLogReplay.Replay(_log, bank), bank))];
    }

    /// <summary>Compares log and quote, and asks the engine unless it has accepted this boot before.</summary>
    /// <param name="evaluation">When the engine is asked.</param>
    /// <param name="accepted">Fingerprint of the policy that has accepted this boot; null for none.</param>
    /// <param name="budget">What expressions may take.</param>
    /// <returns>The same after this appraisal.</returns>
    public ulong? Appraise(MeasuredBootEvaluation evaluation, ulong? accepted, ExpressionBudget budget)
    {
        if (_policy is not { IsEmpty: false } policy || _isUnreadable) return null;
        var failuresBefore = _findings.FailureCount;
        if (_log is not null && !_log.Banks.Contains(_quote.Bank)) _findings.Fail(AttestationFailure.BootLogLacksBank(_quote.Bank));
        else ComparePcrs(policy);
        if (evaluation == MeasuredBootEvaluation.Always || accepted != policy.Fingerprint) AskEngine(policy, budget);
        return _findings.FailureCount == failuresBefore ? policy.Fingerprint : null;
    }

    private void ComparePcrs(MeasuredBootPolicy policy)
    {
        var relevant = policy.Engine.RelevantPcrs();
        var compared = MeasuredBootEngines.AllPcrs & (relevant == 0 ? uint.MaxValue : relevant);
        for (var pcr = 0; pcr < 24; pcr++)
        {
            if ((compared >> pcr & 1) == 0 || !_quote.TryGetPcr(_quote.Bank, pcr, out var quoted)) continue;
            if (_log is null) _findings.Fail(AttestationFailure.UnusedPcr(pcr, "boot log"));
            else if (!quoted.Span.SequenceEqual(Replayed(pcr))) _findings.Fail(AttestationFailure.BootPcrMismatch(pcr, Replayed(pcr), quoted.Span));
        }
    }

    private void AskEngine(MeasuredBootPolicy policy, ExpressionBudget budget)
    {
        List<int> missing = [];
        for (var pcr = 0; pcr < 24; pcr++)
            if ((policy.Engine.RelevantPcrs() >> pcr & 1) != 0 && !_quote.TryGetPcr(_quote.Bank, pcr, out _)) missing.Add(pcr);
        if (missing.Count > 0) _findings.Fail(AttestationFailure.MissingBootPcrs(missing));
        // Without a log there is nothing to accept, whatever PCRs are quoted.
        else if (_log is null) _findings.Fail(AttestationFailure.BootRejected(policy.Engine, new("no boot log was sent"), _quote.Bank));
        else if (policy.Appraise(_log, _quote.Bank, budget) is { } finding) _findings.Fail(AttestationFailure.BootRejected(policy.Engine, finding, _quote.Bank));
    }

    /// <summary>A PCR that the log does not extend has its first value, which for those of a boot is zeros.</summary>
    private ReadOnlySpan<byte> Replayed(int pcr) => _replayed.TryGetValue(pcr, out var value) ? value : new byte[_quote.Bank.DigestBytes()];
}
