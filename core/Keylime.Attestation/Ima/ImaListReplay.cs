using System.Buffers;
using Keylime.Tpm;

namespace Keylime.Attestation.Ima;

/// <summary>The PCR value that an IMA list leads to.</summary>
public static class ImaListReplay
{
    /// <summary>Number of entries of a list.</summary>
    public static int CountEntries(ReadOnlySpan<byte> log) => ImaLogReader.CountEntries(log);

    /// <summary>Replays a list from the boot. Entries that cannot be read extend nothing: appraisal names them.</summary>
    /// <param name="log">The list, in the kernel's text form.</param>
    /// <param name="bank">Bank of the PCR.</param>
    /// <param name="padsSha1">Kernels before 5.8 extend every bank with the SHA-1 template hash, zero-padded.</param>
    public static byte[] Replay(ReadOnlySpan<byte> log, TpmAlgorithm bank, bool padsSha1 = false)
    {
        var replay = new ImaReplay(bank, TpmAlgorithm.Sha1, padsSha1, default, stackalloc byte[ImaReplay.ScratchBytes]);
        var scratch = ArrayPool<byte>.Shared.Rent(ImaEntry.ScratchBytes(ImaEntry.MaxLineBytes));
        try
        {
            var reader = new ImaLogReader(log);
            while (reader.TryRead(out var line))
                if (!ImaEntry.TryParse(line, scratch, out var entry, out _)) continue;
                else if (entry.IsViolation) replay.ExtendViolation();
                else replay.Extend(entry);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
            replay.Dispose();
        }
        return replay.Value.ToArray();
    }
}
