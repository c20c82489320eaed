using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Keylime.Attestation.Ima.DeviceMapper;

/// <summary>The stored form of the devices: <c>u16 count, count × {u16 length, name or UUID, u16 length, rule, u16 length, table hash, u8 flags}</c>, big-endian.</summary>
internal static class DeviceMapperStateFormat
{
    private const byte IsActive = 1;
    private const byte IsValid = 2;

    public static int Measure(DeviceMapperState state) =>
        2 + state.Devices.Sum(device => 7 + Encoding.UTF8.GetByteCount(device.Key) + Encoding.UTF8.GetByteCount(device.Value.Rule) + Encoding.UTF8.GetByteCount(device.Value.TableHash));

    public static Span<byte> Write(DeviceMapperState state, Span<byte> rest)
    {
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)state.Devices.Count);
        rest = rest[2..];
        foreach (var (key, device) in state.Devices)
        {
            rest = Write(device.TableHash, Write(device.Rule, Write(key, rest)));
            rest[0] = (byte)((device.IsActive ? IsActive : 0) | (device.IsValid ? IsValid : 0));
            rest = rest[1..];
        }
        return rest;
    }

    public static bool TryRead(ref ReadOnlySpan<byte> rest, [NotNullWhen(true)] out DeviceMapperState? state)
    {
        state = null;
        if (rest.Length < 2) return false;
        var count = BinaryPrimitives.ReadUInt16BigEndian(rest);
        rest = rest[2..];
        if (count > DeviceMapperState.MaxDevices) return false;
        var read = DeviceMapperState.Empty;
        for (var i = 0; i < count; i++)
        {
            if (!TryReadText(ref rest, out var key) || !TryReadText(ref rest, out var rule) || !TryReadText(ref rest, out var hash) || rest.IsEmpty || rest[0] > (IsActive | IsValid)) return false;
            read = read.With(key, new(rule, hash, (rest[0] & IsActive) != 0, (rest[0] & IsValid) != 0));
            rest = rest[1..];
        }
        state = read;
        return true;
    }

    private static Span<byte> Write(string text, Span<byte> rest)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)length);
        return rest[(2 + length)..];
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> rest, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (rest.Length < 2 || rest.Length < 2 + BinaryPrimitives.ReadUInt16BigEndian(rest)) return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        text = Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return true;
    }
}
