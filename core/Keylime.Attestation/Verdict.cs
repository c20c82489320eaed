namespace Keylime.Attestation;

/// <summary>Outcome of one appraisal. The default value is a rejection: nothing is trusted that was not judged.</summary>
public enum Verdict
{
    /// <summary>A check failed.</summary>
    Rejected,
    /// <summary>The quote is genuine and no check failed, but the IMA list does not begin where this boot of the machine begins.
    /// Ask again at once, with <see cref="AttestationResult.NextState"/>: neither success nor failure, not to be counted.</summary>
    AskAgain,
    /// <summary>Every check was made and passed.</summary>
    Trusted,
}
