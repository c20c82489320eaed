using System.Buffers.Binary;
using System.Text;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Fuzz.Engine;
using Keylime.Tpm;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>Boot event logs in both forms, and the UEFI structures inside them.</summary>
internal static class BootTargets
{
    private static readonly TpmAlgorithm[] Banks = [TpmAlgorithm.Sha1, TpmAlgorithm.Sha256, TpmAlgorithm.Sha384];

    private static readonly IReadOnlyList<byte[]> Dictionary =
    [
        .. FuzzTarget.Words("Spec ID Event03\0", "StartupLocality\0", "kernel_cmdline: ", "MokList\0", "grub_cmd: "),
        [4, 0], [0x0B, 0], [0x0C, 0], [3, 0, 0, 0], [1, 0, 0, 0x80], [2, 0, 0, 0x80], [3, 0, 0, 0x80], [6, 0, 0, 0x80], [0xE0, 0, 0, 0x80], [0x0D, 0, 0, 0], [8, 0, 0, 0], [4, 0, 0, 0],
        EfiGuids.GlobalVariable.ToByteArray(), EfiGuids.ImageSecurityDatabase.ToByteArray(), EfiGuids.ShimLock.ToByteArray(), EfiGuids.CertX509.ToByteArray(), EfiGuids.CertSha256.ToByteArray(),
        Encoding.Unicode.GetBytes("SecureBoot"), Encoding.Unicode.GetBytes("PK"), Encoding.Unicode.GetBytes("db"),
    ];

    private static readonly MeasuredBootPolicy Policy = PolicyTargets.ReferenceState(MeasuredBootEngine.Example);

    private static readonly byte[] Variable = [.. EfiGuids.GlobalVariable.ToByteArray(), 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, .. Encoding.Unicode.GetBytes("PK"), 1];
    private static readonly byte[] Signatures = [.. EfiGuids.CertSha256.ToByteArray(), 76, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0, .. EfiGuids.ShimLock.ToByteArray(), .. new byte[32]];

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("boot-log", RunLog, [AgileLog(), Sha1Log(), [.. AgileLog(), .. new byte[20]]]) { Dictionary = Dictionary, AllocationPerByte = 400 },
        new("efi-variable", RunVariable, [Variable]) { Dictionary = Dictionary },
        new("efi-signatures", RunSignatures, [Signatures, [.. Signatures, .. Signatures]]) { Dictionary = Dictionary },
    ];

    private static int RunLog(byte[] input)
    {
        if (!BootLog.TryParse(input, out var log, out var error))
        {
            Require(error.Fault != BootLogFault.None && error.Offset >= 0 && error.Offset <= input.Length && error.EventNumber == log.Events.Count, "is refused without a fault and its place");
            return HashCode.Combine(error.Fault, error.Offset);
        }
        for (var i = 0; i < log.Events.Count; i++) Require(log.Events[i].Number == i && log.Events[i].Pcr is >= 0 and < 24, "has an event with a wrong number or PCR");
        foreach (var bank in Banks)
        {
            var values = BootLogReplay.Replay(log, bank);
            BootLogReplay.BootAggregates(values, bank);
            // What the policy makes of it is its business; that it makes something of everything is not.
            if (Policy.Appraise(log, bank, new(TimeProvider.System)) is { } finding) Require(finding.ToString().Length > 0, "is refused without a reason");
        }
        Require(BootLog.TryParse((byte[])[.. input, .. new byte[4]], out var padded, out _) && padded.Events.Count == log.Events.Count, "is another log when the firmware pads it");
        return log.Events.Count;
    }

    private static int RunVariable(byte[] input)
    {
        if (!EfiVariable.TryParse(input, out var variable)) return 0;
        Require(input.AsSpan(input.Length - variable.Data.Length).SequenceEqual(variable.Data.Span), "has other data than stand at its end");
        return variable.Name.Length;
    }

    private static int RunSignatures(byte[] input)
    {
        if (!EfiSignatureList.TryParseAll(input, out var lists)) return -1;
        Require(lists.Sum(list => list.Signatures.Sum(signature => 16 + signature.Data.Length)) <= input.Length, "holds more than it consists of");
        return lists.Count;
    }

    private static byte[] AgileLog()
    {
        byte[] header = [.. "Spec ID Event03\0"u8, .. Word(0), 0, 2, 0, 2, .. Word(2), 4, 0, 20, 0, 0x0B, 0, 32, 0, 0];
        List<byte> log = [.. Word(0), .. Word((uint)BootEventType.NoAction), .. new byte[20], .. Word((uint)header.Length), .. header];
        Add(0, BootEventType.NoAction, [.. "StartupLocality\0"u8, 3]);
        Add(7, BootEventType.EfiVariableDriverConfig, [.. EfiGuids.GlobalVariable.ToByteArray(), 10, .. new byte[7], 1, .. new byte[7], .. Encoding.Unicode.GetBytes("SecureBoot"), 1]);
        Add(7, BootEventType.EfiVariableDriverConfig, [.. EfiGuids.ImageSecurityDatabase.ToByteArray(), 2, .. new byte[7], 76, .. new byte[7], .. Encoding.Unicode.GetBytes("db"), .. Signatures]);
        Add(8, BootEventType.Ipl, "kernel_cmdline: /vmlinuz root=/dev/sda1\0"u8.ToArray());
        Add(4, BootEventType.Separator, [0, 0, 0, 0]);
        return [.. log];

        void Add(uint pcr, BootEventType type, byte[] data) =>
            log.AddRange([.. Word(pcr), .. Word((uint)type), .. Word(2), 4, 0, .. TpmAlgorithm.Sha1.HashData(data), 0x0B, 0, .. TpmAlgorithm.Sha256.HashData(data), .. Word((uint)data.Length), .. data]);
    }

    private static byte[] Sha1Log() =>
        [.. Word(0), .. Word(8), .. new byte[20], .. Word(4), 1, 2, 3, 4, .. Word(4), .. Word((uint)BootEventType.Separator), .. new byte[20], .. Word(4), 0, 0, 0, 0];

    private static byte[] Word(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
