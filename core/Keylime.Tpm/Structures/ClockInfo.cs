namespace Keylime.Tpm.Structures;

/// <summary>TPMS_CLOCK_INFO: the TPM's time and the counters that tell one power cycle from another.</summary>
/// <param name="ClockMilliseconds">Milliseconds that the TPM has been powered, over its life.</param>
/// <param name="ResetCount">TPM Resets: boots of the platform.</param>
/// <param name="RestartCount">TPM Restarts and Resumes since the last Reset.</param>
/// <param name="Safe">False when the clock may have gone backwards since it was last reported.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_CLOCK_INFO (10.11.1).</remarks>
public readonly record struct ClockInfo(ulong ClockMilliseconds, uint ResetCount, uint RestartCount, bool Safe)
{
    internal static ClockInfo Read(ref TpmReader reader)
    {
        var (clock, resets, restarts, safe) = (reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadByte());
        // TPMI_YES_NO has two values; a third would let two readers disagree on whether the clock is safe.
        if (safe > 1) reader.Fail(ParseFault.BadValue);
        return new(clock, resets, restarts, safe == 1);
    }

    internal void Write(ref TpmWriter writer)
    {
        writer.WriteUInt64(ClockMilliseconds);
        writer.WriteUInt32(ResetCount);
        writer.WriteUInt32(RestartCount);
        writer.WriteByte(Safe ? (byte)1 : (byte)0);
    }
}
