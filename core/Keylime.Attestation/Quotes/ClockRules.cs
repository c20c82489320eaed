using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Quotes;

/// <summary>Tells a reboot from an attack by the TPM's clock and counters, which the quote's signature covers.</summary>
/// <remarks>An epoch is the time between two TPM resets, and <c>resetCount</c> numbers it. Across epochs only the number must grow: clock, restartCount and safe
/// begin anew with a boot. Within one the clock must advance, restartCount must not fall, and a clock that was safe must stay so - a TPM makes it unsafe at a
/// reset only. An unsafe clock as such is a machine that lost its power: nothing in the first quote can be compared with it, so it passes there as well, or
/// a machine enrolled after a power cut would fail for good. Freshness is the nonce's matter, not the clock's.</remarks>
internal static class ClockRules
{
    /// <summary>Judges the clock of a genuine quote against that of the last good one.</summary>
    /// <param name="now">The quote's.</param>
    /// <param name="before">The last good one's; null before the first.</param>
    /// <param name="next">What to keep if the whole appraisal passes.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Judge(ClockInfo now, ClockState? before, out ClockState next)
    {
        next = new(now.ClockMilliseconds, now.ResetCount, now.RestartCount, now.Safe);
        if (before is not { } last) return null;
        if (now.ResetCount < last.ResetCount) return $"resetCount fell from {last.ResetCount} to {now.ResetCount}";
        // A boot: counters and clock begin anew, and after a loss of power the clock is unsafe until it has passed its last saved value. Keylime fails both
        // a boot after a suspension (restartCount falls) and one after a power cut; the reset counter alone already rules out a replay.
        if (now.ResetCount > last.ResetCount) return null;
        if (now.RestartCount < last.RestartCount) return $"restartCount fell from {last.RestartCount} to {now.RestartCount}";
        if (now.ClockMilliseconds <= last.ClockMilliseconds) return $"the clock did not advance from {last.ClockMilliseconds} ms: it stands at {now.ClockMilliseconds} ms";
        return now.Safe || !last.Safe ? null : "the TPM's clock was safe and is not any more";
    }
}
