using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Keylime.Tpm;

namespace Keylime.FleetSimulator.Measurements;

/// <summary>Writes the event log of a plain boot, and extends the PCRs on the way as the firmware does.</summary>
/// <remarks>TCG PC Client Platform Firmware Profile, TCG_PCClientPCREvent and TCG_PCR_EVENT2 (10.2), little-endian; SHA-256 is the only bank.</remarks>
internal sealed class BootLogWriter
{
    private const uint NoAction = 3, Separator = 4, CrtmVersion = 8, Ipl = 13, PlatformFirmwareBlob = 0x80000008;
    private const int Sha1Bytes = 20;

    private readonly ArrayBufferWriter<byte> _log = new();
    private readonly Dictionary<int, byte[]> _pcrs = [];

    public static (byte[] Bytes, IReadOnlyDictionary<int, byte[]> Pcrs) Write()
    {
        var writer = new BootLogWriter();
        writer.WriteHead();
        writer.Measure(0, CrtmVersion, Encoding.Unicode.GetBytes("fleet 1.0\0"));
        // Address and length of the firmware's volume.
        writer.Measure(0, PlatformFirmwareBlob, [0, 0, 0xE0, 0xFF, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0]);
        for (var pcr = 0; pcr < 8; pcr++) writer.Measure(pcr, Separator, new byte[4]);
        writer.Measure(8, Ipl, "kernel_cmdline: /vmlinuz root=/dev/vda1 ima_policy=tcb\0"u8);
        writer.Measure(9, Ipl, "/vmlinuz\0"u8);
        return (writer._log.WrittenSpan.ToArray(), writer._pcrs);
    }

    /// <summary>The first event is of the older form and says which banks the others are in.</summary>
    private void WriteHead()
    {
        WriteNumber(0);
        WriteNumber(NoAction);
        _log.Write(new byte[Sha1Bytes]);
        // Platform class 0 (client), version 2.0, errata 0, 64-bit; one bank.
        byte[] specification = [.. "Spec ID Event03\0"u8, 0, 0, 0, 0, 0, 2, 0, 2, 1, 0, 0, 0, (byte)TpmAlgorithm.Sha256, 0, 32, 0, 0];
        WriteNumber((uint)specification.Length);
        _log.Write(specification);
    }

    private void Measure(int pcr, uint type, ReadOnlySpan<byte> data)
    {
        var digest = SHA256.HashData(data);
        WriteNumber((uint)pcr);
        WriteNumber(type);
        WriteNumber(1);
        _log.Write<byte>([(byte)TpmAlgorithm.Sha256, 0]);
        _log.Write(digest);
        WriteNumber((uint)data.Length);
        _log.Write(data);
        if (!_pcrs.TryGetValue(pcr, out var value)) _pcrs[pcr] = value = new byte[32];
        TpmAlgorithm.Sha256.Extend(value, digest);
    }

    private void WriteNumber(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        _log.Write(bytes);
    }
}
