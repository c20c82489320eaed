using System.Globalization;

namespace Keylime.Attestation;

public sealed partial record AttestationFailure
{
    /// <summary>No good attestation within the deadline. It is told like a failure but is no verdict: the next good attestation ends it.</summary>
    /// <param name="last">When the last good attestation was judged.</param>
    public static AttestationFailure Stale(DateTimeOffset? last)
    {
        var since = last is { } time ? string.Create(CultureInfo.InvariantCulture, $"; the last one was at {time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}") : "";
        return new("internal.verifier.stale", $"No good attestation within the deadline{since}", Recoverable: true);
    }
}
