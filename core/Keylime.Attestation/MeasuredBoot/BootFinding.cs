namespace Keylime.Attestation.MeasuredBoot;

/// <summary>Why a boot log does not satisfy a policy: the first thing that does not.</summary>
/// <param name="Detail">What is wrong, for people.</param>
/// <param name="Event">The event at fault; null when something is missing from the log as a whole.</param>
/// <param name="Expected">What the policy calls for.</param>
/// <param name="Seen">What the log has.</param>
public sealed record BootFinding(string Detail, BootEvent? Event = null, string? Expected = null, string? Seen = null);
