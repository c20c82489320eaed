using System.Buffers.Binary;
using System.Security.Cryptography;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Benchmarks.MeasuredBoot;

/// <summary>What does it cost to read a boot log and replay both its banks, over the extensions' hashes alone?</summary>
internal static class BootLogBenchmark
{
    private const int LogBytes = 20 * 1024;
    private static readonly TpmAlgorithm[] Banks = [TpmAlgorithm.Sha1, TpmAlgorithm.Sha256];

    public static void Run(Report report)
    {
        var source = MakeLog(out var events);
        var (measured, floor) = Measurement.Compare(() => Replay(source, events), () => ExtendAlone(events));
        report.Add("boot log of 20 kB, read and replayed in two banks", measured, floor);
    }

    /// <summary>Events of some hundred bytes, as UEFI firmware logs them, in PCR 0 to 7.</summary>
    private static byte[] MakeLog(out int events)
    {
        byte[] header = [.. "Spec ID Event03\0"u8, .. Word(0), 0, 2, 0, 2, .. Word(2), .. Short((ushort)TpmAlgorithm.Sha1), .. Short(20), .. Short((ushort)TpmAlgorithm.Sha256), .. Short(32), 0];
        var log = new List<byte>([.. Word(0), .. Word((uint)BootEventType.NoAction), .. new byte[20], .. Word((uint)header.Length), .. header]);
        for (events = 0; log.Count < LogBytes; events++)
        {
            var data = new byte[60 + events % 7 * 40];
            data[0] = (byte)events;
            log.AddRange([.. Word((uint)events % 8), .. Word((uint)BootEventType.EfiVariableBoot), .. Word(2)]);
            log.AddRange([.. Short((ushort)TpmAlgorithm.Sha1), .. SHA1.HashData(data), .. Short((ushort)TpmAlgorithm.Sha256), .. SHA256.HashData(data)]);
            log.AddRange([.. Word((uint)data.Length), .. data]);
        }
        return [.. log];
    }

    private static void Replay(byte[] source, int events)
    {
        if (!BootLog.TryParse(source, out var log, out var error) || log.Events.Count != events + 1)
            throw new InvalidOperationException($"The benchmark's own log was refused: {error}.");
        foreach (var bank in Banks) BootLogReplay.Replay(log, bank);
    }

    private static void ExtendAlone(int events)
    {
        Span<byte> sha1 = stackalloc byte[40];
        Span<byte> sha256 = stackalloc byte[64];
        for (var i = 0; i < events; i++) SHA1.HashData(sha1, sha1);
        for (var i = 0; i < events; i++) SHA256.HashData(sha256, sha256);
    }

    private static byte[] Word(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Short(ushort value) => [(byte)value, (byte)(value >> 8)];
}
