namespace Keylime.Attestation;

public sealed partial record AttestationFailure
{
    private const int ImaPcr = 10;

    internal static AttestationFailure ImaPcrMismatch(long entries, ReadOnlySpan<byte> quoted, ReadOnlySpan<byte> replayed) =>
        new("ima.pcr_mismatch", $"The IMA list does not replay to the quoted PCR 10 at any of its {entries} entries", Recoverable: true)
        {
            Pcr = ImaPcr,
            Expected = Convert.ToHexStringLower(quoted),
            Seen = Convert.ToHexStringLower(replayed),
        };

    internal static AttestationFailure NothingMeasured() =>
        new("ima.pcr_mismatch", "Nothing is measured: PCR 10 is as the machine was switched on, while the runtime policy calls for an IMA list", Recoverable: true)
        {
            Pcr = ImaPcr,
        };

    internal static AttestationFailure ImaNoProgress(int matched, int lag) =>
        new("ima.quote_progress", $"The quote explains {matched} new IMA entries, but {lag} were waiting already at the last one", Recoverable: true)
        {
            Pcr = ImaPcr,
            Expected = $"{lag}",
            Seen = $"{matched}",
        };

    internal static AttestationFailure ImaExpressionsTooSlow(string member) =>
        new("ima.validation.expressions_too_slow", $"The IMA list cannot be judged: {Policies.ExpressionBudget.Describe(member)}", Recoverable: true) { Member = member };

    internal static AttestationFailure ImaEntryMalformed(long entry, string fault) =>
        new("ima.parser.entry", $"IMA entry {entry} {fault}", Recoverable: true) { Entry = entry };

    internal static AttestationFailure ImaWrongPcr(long entry, int pcr) =>
        new("ima.validation.ima_pcr", $"IMA entry {entry} belongs to PCR {pcr}, not to PCR 10", Recoverable: true) { Entry = entry, Pcr = pcr };

    internal static AttestationFailure ImaTemplateHash(long entry, ReadOnlySpan<byte> path) =>
        new("ima.validation.ima_hash", $"IMA entry {entry} ({DisplayText.Of(path)}) does not have the template hash of its own data", Recoverable: true)
        {
            Entry = entry,
            Path = DisplayText.Of(path),
        };

    internal static AttestationFailure ImaViolation(long entry, ReadOnlySpan<byte> path) =>
        new("ima.validation.tomtou", $"{DisplayText.Of(path)} was written while it was measured (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = DisplayText.Of(path),
        };

    internal static AttestationFailure FileNotInPolicy(long entry, ReadOnlySpan<byte> path, ReadOnlySpan<byte> digest) =>
        new("ima.validation.ima-ng.not_in_allowlist", $"{DisplayText.Of(path)} is not in the runtime policy (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = DisplayText.Of(path),
            Seen = Convert.ToHexStringLower(digest),
        };

    internal static AttestationFailure FileDigestNotInPolicy(long entry, ReadOnlySpan<byte> path, ReadOnlySpan<byte> digest, string expected) =>
        new("ima.validation.ima-ng.runtime_policy_hash", $"{DisplayText.Of(path)} has a digest that the runtime policy does not list (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = DisplayText.Of(path),
            Expected = expected,
            Seen = Convert.ToHexStringLower(digest),
        };

    internal static AttestationFailure ImaBufferDigest(long entry, ReadOnlySpan<byte> name, ReadOnlySpan<byte> digest) =>
        new("ima.validation.ima-ng.runtime_policy_hash", $"The buffer {DisplayText.Of(name)} does not have the digest that was measured (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = DisplayText.Of(name),
            Expected = Convert.ToHexStringLower(digest),
        };

    internal static AttestationFailure InvalidSignature(long entry, ReadOnlySpan<byte> path) =>
        new("ima.validator.ima-sig.invalid_signature", $"{DisplayText.Of(path)} is signed by none of the known keys (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = DisplayText.Of(path),
        };

    internal static AttestationFailure InvalidKey(long entry, ReadOnlySpan<byte> keyring) =>
        new("ima.invalid_key", $"A key of a kind that cannot be used was added to {DisplayText.Of(keyring)} (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = DisplayText.Of(keyring),
        };

    internal static AttestationFailure DeviceMapper(long entry, string kind, string fault, string detail, string? expected, string? seen) =>
        new($"ima.validation.dm.{kind}.{fault}", $"The device-mapper event {kind} {detail} (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = kind,
            Expected = expected,
            Seen = seen is null ? null : DisplayText.Of(seen),
        };

    internal static AttestationFailure DeviceMapperMalformed(long entry, string kind, string fault) =>
        new("ima.validation.dm.parsing_failed", $"The device-mapper event {kind} {fault} (IMA entry {entry})", Recoverable: true) { Entry = entry, Path = kind };

    internal static AttestationFailure DeviceMapperDigest(long entry, string kind, string digest) =>
        new("ima.validation.dm.invalid_data", $"The device-mapper event {kind} does not have the digest that was measured (IMA entry {entry})", Recoverable: true)
        {
            Entry = entry,
            Path = kind,
            Expected = digest,
        };

    internal static AttestationFailure DeviceMapperUnfinished(string fault, string name) =>
        new($"ima.validation.dm.{fault}", $"The device or rule {DisplayText.Of(name)} is not as the device-mapper policy calls for", Recoverable: true) { Path = DisplayText.Of(name) };
}
