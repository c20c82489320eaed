using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Attestation;

public sealed partial record AttestationFailure
{
    // Keylime reads logs with a program of tpm2-tools, and the event that tells of a fault is named for it.
    /// <summary>A boot log that cannot be read to its end.</summary>
    public static AttestationFailure BootLogUnreadable(BootLogError error) =>
        new("measured_boot.parser.tpm2_eventlog.error", $"The boot log is malformed: {error}", Recoverable: true)
        {
            Member = "mb_measurement_list",
            Entry = error.EventNumber,
            Offset = error.Offset,
        };

    /// <summary>A boot log without digests of the bank that it is judged by.</summary>
    public static AttestationFailure BootLogLacksBank(TpmAlgorithm bank) =>
        new("measured_boot.parser.invalid_pcrs_hashes", $"The boot log has no {bank.ToHashName()} digests, which the quote is over", Recoverable: true)
        {
            Member = "mb_measurement_list",
            Expected = bank.ToHashName(),
        };

    /// <summary>A boot log that leads to another value of a PCR.</summary>
    public static AttestationFailure BootPcrMismatch(int pcr, ReadOnlySpan<byte> replayed, ReadOnlySpan<byte> quoted) =>
        new($"measured_boot.invalid_pcr_{pcr}", $"The boot log does not replay to the quoted PCR {pcr}", Recoverable: true)
        {
            Pcr = pcr,
            Expected = Convert.ToHexStringLower(replayed),
            Seen = Convert.ToHexStringLower(quoted),
        };

    internal static AttestationFailure MissingBootPcrs(IReadOnlyList<int> pcrs) =>
        new("measured_boot.missing_pcrs", $"The measured-boot policy needs PCRs {string.Join(", ", pcrs)}, which are not quoted", Recoverable: true) { Pcr = pcrs[0] };

    /// <summary>A boot that the policy's engine does not accept.</summary>
    public static AttestationFailure BootRejected(MeasuredBootEngine engine, BootFinding finding, TpmAlgorithm bank)
    {
        var place = finding.Event is { } boot ? $" (event {boot.Number}, PCR {boot.Pcr}, {boot.Type.SpecificationName()})" : "";
        return new($"measured_boot.policy_{engine.Name()}", $"The boot is not accepted: {DisplayText.Of(finding.Detail)}{place}", Recoverable: true)
        {
            Entry = finding.Event?.Number,
            Pcr = finding.Event?.Pcr,
            EventType = finding.Event?.Type.SpecificationName(),
            Expected = finding.Expected,
            // What the finding does not show, the event's digest does: it is what an operator looks for in the reference state.
            Seen = (finding.Seen is { } seen ? DisplayText.Of(seen, DisplayText.LongLength) : null) ?? (finding.Event is { } judged ? Convert.ToHexStringLower(judged.DigestOf(bank).Span) : null),
        };
    }
}
