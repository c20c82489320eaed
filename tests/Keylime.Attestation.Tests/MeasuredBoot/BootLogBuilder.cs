using System.Buffers.Binary;
using System.Text;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Tpm;

namespace Keylime.Attestation.Tests.MeasuredBoot;

/// <summary>Writes crypto-agile logs with SHA-1 and SHA-256 digests, as firmware does.</summary>
internal sealed class BootLogBuilder
{
    private readonly List<byte> _log = [];

    public BootLogBuilder()
    {
        byte[] header = [.. "Spec ID Event03\0"u8, .. Word(0), 0, 2, 0, 2, .. Word(2), 4, 0, 20, 0, 0x0B, 0, 32, 0, 0];
        _log.AddRange([.. Word(0), .. Word((uint)BootEventType.NoAction), .. new byte[20], .. Word((uint)header.Length), .. header]);
    }

    public BootLogBuilder Add(int pcr, BootEventType type, byte[] data) => Add(pcr, type, data, measured: data);

    public BootLogBuilder Add(int pcr, BootEventType type, byte[] data, byte[] measured)
    {
        _log.AddRange([.. Word((uint)pcr), .. Word((uint)type), .. Word(2)]);
        _log.AddRange([4, 0, .. TpmAlgorithm.Sha1.HashData(measured), 0x0B, 0, .. TpmAlgorithm.Sha256.HashData(measured)]);
        _log.AddRange([.. Word((uint)data.Length), .. data]);
        return this;
    }

    /// <summary>Adds an event that the SHA-256 bank knows nothing of.</summary>
    public BootLogBuilder AddSha1Only(int pcr, BootEventType type, byte[] data)
    {
        _log.AddRange([.. Word((uint)pcr), .. Word((uint)type), .. Word(1), 4, 0, .. TpmAlgorithm.Sha1.HashData(data), .. Word((uint)data.Length), .. data]);
        return this;
    }

    public BootLogBuilder AddVariable(int pcr, BootEventType type, Guid vendor, string name, byte[] data) => Add(pcr, type, Variable(vendor, name, data));

    public byte[] ToArray() => _log.ToArray();

    public static byte[] Variable(Guid vendor, string name, byte[] data) =>
        [.. vendor.ToByteArray(), .. Long((ulong)name.Length), .. Long((ulong)data.Length), .. Encoding.Unicode.GetBytes(name), .. data];

    public static byte[] SignatureList(Guid type, Guid owner, params byte[][] entries) =>
        [.. type.ToByteArray(), .. Word((uint)(28 + entries.Sum(entry => 16 + entry.Length))), .. Word(0), .. Word((uint)(16 + entries[0].Length)),
            .. entries.SelectMany(entry => owner.ToByteArray().Concat(entry))];

    private static byte[] Word(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Long(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
