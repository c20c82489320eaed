using Keylime.Attestation.Quotes;
using Keylime.Tpm;

namespace Keylime.Attestation;

public sealed partial record AttestationFailure
{
    // "qoute" is upstream's spelling and part of the API; do not correct.
    private const string QuoteComponent = "qoute_validation.";
    private const string PcrComponent = "pcr_validation.";

    internal static AttestationFailure InvalidData(string member, string fault) =>
        new(QuoteComponent + "invalid_data", $"The agent's answer is malformed: {member} {fault}", Recoverable: false) { Member = member };

    /// <summary>A quote that did not pass a check of its own.</summary>
    public static AttestationFailure InvalidQuote(QuoteFault fault) =>
        InvalidQuote(fault.ToString(), fault.Error.Fault == ParseFault.None ? null : fault.Error.Offset);

    internal static AttestationFailure InvalidQuote(string fault, int? offset = null) =>
        new(QuoteComponent + "quote_validation", $"The quote is not to be believed: {fault}", Recoverable: false) { Member = "quote", Offset = offset };

    internal static AttestationFailure NoPayloadKey() =>
        new(QuoteComponent + "no_pubkey", "The agent sent no payload key, and none is known from before", Recoverable: false) { Member = "pubkey" };

    /// <param name="member"><c>hash_alg</c>, <c>enc_alg</c> or <c>sign_alg</c>.</param>
    /// <param name="reported">What the agent says it uses.</param>
    internal static AttestationFailure AlgorithmNotAccepted(string member, string reported) =>
        new($"{QuoteComponent}invalid_{member}", $"The agent uses {DisplayText.Of(reported)} as {member}, which is not accepted", Recoverable: false)
        {
            Member = member,
            Seen = DisplayText.Of(reported),
        };

    internal static AttestationFailure WrongImaEntry(long asked, long sent) =>
        new(QuoteComponent + "invalid_ima_entry_nb", $"IMA entries from {asked} were asked for, entries from {sent} were sent", Recoverable: false)
        {
            Member = "ima_measurement_list_entry",
            Expected = $"{asked}",
            Seen = $"{sent}",
        };

    internal static AttestationFailure MissingPcr16() =>
        new(PcrComponent + "missing_pcr_16", "PCR 16, which binds the payload key, is not quoted", Recoverable: true) { Pcr = 16 };

    internal static AttestationFailure InvalidPcr(int pcr, string expected, ReadOnlySpan<byte> seen) =>
        new($"{PcrComponent}invalid_pcr_{pcr}", $"PCR {pcr} has a value that is not allowed", Recoverable: true)
        {
            Pcr = pcr,
            Expected = expected,
            Seen = Convert.ToHexStringLower(seen),
        };

    internal static AttestationFailure UnusedPcr(int pcr, string log) =>
        new($"{PcrComponent}unused_pcr_{pcr}", $"PCR {pcr} is quoted, but no {log} was sent to explain it", Recoverable: true) { Pcr = pcr };

    internal static AttestationFailure MissingPcrs(IReadOnlyList<int> pcrs) =>
        new(PcrComponent + "missing_pcrs", $"PCRs {string.Join(", ", pcrs)} were asked for, but are not quoted", Recoverable: true) { Pcr = pcrs[0] };
}
