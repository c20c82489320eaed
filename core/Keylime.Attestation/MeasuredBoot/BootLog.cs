using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>A TCG event log: crypto-agile (several banks), or the older SHA-1 form.</summary>
/// <remarks>TCG PC Client Platform Firmware Profile, "Event Logging". All integers are little-endian.</remarks>
public sealed class BootLog
{
    /// <summary>Longest log that is read, in bytes. Real ones have 10 to 100 KiB.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>Most events that are read.</summary>
    public const int MaxEvents = 65_536;

    internal BootLog(IReadOnlyList<TpmAlgorithm> banks, bool isCryptoAgile, IReadOnlyList<BootEvent> events) =>
        (Banks, IsCryptoAgile, Events) = (banks, isCryptoAgile, events);

    /// <summary>The banks that the header announces.</summary>
    public IReadOnlyList<TpmAlgorithm> Banks { get; }

    /// <summary>True for the crypto-agile form, whose first event is the header "Spec ID Event03".</summary>
    public bool IsCryptoAgile { get; }

    /// <summary>All events, the header included.</summary>
    public IReadOnlyList<BootEvent> Events { get; }

    /// <summary>Reads a log. Zeros or 0xFF bytes at the end are padding of the firmware's buffer and are accepted; anything else is not.</summary>
    /// <param name="source">The binary log; the events borrow from it.</param>
    /// <param name="log">The log up to the error, so that tools can show what is readable. Judge it only when this method returns true.</param>
    /// <param name="error">What is wrong and where.</param>
    public static bool TryParse(ReadOnlyMemory<byte> source, out BootLog log, out BootLogError error)
    {
        var parser = new BootLogParser(source);
        log = parser.Parse();
        error = parser.Error;
        return error.Fault == BootLogFault.None;
    }
}
