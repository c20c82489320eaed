namespace Keylime.Attestation.MeasuredBoot;

/// <summary>Why bytes are not a boot log, and where it showed.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="EventNumber">0-based number of the event that was being read.</param>
/// <param name="Offset">Byte offset of the field at fault.</param>
public readonly record struct BootLogError(BootLogFault Fault, int EventNumber, int Offset)
{
    /// <inheritdoc/>
    public override string ToString() => $"event {EventNumber} at byte {Offset}: {Fault}";
}

/// <summary>What can be wrong with a boot log.</summary>
public enum BootLogFault
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>The log ends inside a field.</summary>
    Truncated,
    /// <summary>Larger than <see cref="BootLog.MaxBytes"/>, or more than <see cref="BootLog.MaxEvents"/> events.</summary>
    TooLong,
    /// <summary>More digests, or other ones, than the header announced.</summary>
    UnexpectedDigests,
    /// <summary>The PCR number is above 23.</summary>
    BadPcr,
    /// <summary>The header ("Spec ID Event03") contradicts itself.</summary>
    BadHeader,
    /// <summary>Bytes after the last event that are not padding.</summary>
    TrailingBytes,
}
