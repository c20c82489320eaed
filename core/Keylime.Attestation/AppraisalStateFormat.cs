using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Ima.DeviceMapper;

namespace Keylime.Attestation;

/// <summary>The stored form of <see cref="AppraisalState"/>: <c>u8 version, u8 parts, [u64 clock, u32 resetCount, u32 restartCount], u64 bootTime,
/// [u64 acceptedBoot], [u64 nextEntry, u32 lag, u8 length, PCR value, u8 count, count × {u32 id, u16 length, SubjectPublicKeyInfo}, [devices]]</c>.</summary>
public static class AppraisalStateFormat
{
    /// <summary>Longest encoding without learned keys and devices, in bytes: with a clock and a SHA-512 PCR.</summary>
    public const int MaxFixedBytes = 2 + ClockBytes + 8 + 8 + ImaHeadBytes + 64 + 1;

    private const int ClockBytes = 16;
    private const int ImaHeadBytes = 13;
    private const int KeyHeadBytes = 6;
    private const byte Version = 1;
    private const byte HasClock = 1;
    private const byte HasIma = 2;
    private const byte ClockIsSafe = 4;
    private const byte HasAcceptedBoot = 8;
    private const byte ImaPadsSha1 = 16;
    private const byte ImaHasDevices = 32;
    private const byte AllParts = HasClock | HasIma | ClockIsSafe | HasAcceptedBoot | ImaPadsSha1 | ImaHasDevices;

    internal static byte[] Write(AppraisalState state)
    {
        var hasDevices = state.Ima is { Devices.Devices.Count: > 0 };
        var buffer = new byte[MaxFixedBytes + (hasDevices ? DeviceMapperStateFormat.Measure(state.Ima!.Devices) : 0)
            + (state.Ima?.LearnedKeys.Keys.Sum(key => KeyHeadBytes + key.SubjectPublicKeyInfo.Length) ?? 0)];
        buffer[0] = Version;
        buffer[1] = (byte)((state.Clock is null ? 0 : HasClock) | (state.Ima is null ? 0 : HasIma) | (state.Clock is { Safe: true } ? ClockIsSafe : 0)
            | (state.AcceptedBoot is null ? 0 : HasAcceptedBoot) | (state.Ima is { PadsSha1: true } ? ImaPadsSha1 : 0)
            | (hasDevices ? ImaHasDevices : 0));
        var rest = buffer.AsSpan(2);
        if (state.Clock is { } clock)
        {
            BinaryPrimitives.WriteUInt64BigEndian(rest, clock.ClockMilliseconds);
            BinaryPrimitives.WriteUInt32BigEndian(rest[8..], clock.ResetCount);
            BinaryPrimitives.WriteUInt32BigEndian(rest[12..], clock.RestartCount);
            rest = rest[ClockBytes..];
        }
        BinaryPrimitives.WriteInt64BigEndian(rest, state.BootTime);
        rest = rest[8..];
        if (state.AcceptedBoot is { } boot)
        {
            BinaryPrimitives.WriteUInt64BigEndian(rest, boot);
            rest = rest[8..];
        }
        if (state.Ima is { } ima) rest = Write(ima, rest);
        if (hasDevices) rest = DeviceMapperStateFormat.Write(state.Ima!.Devices, rest);
        return buffer[..^rest.Length];
    }

    internal static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out AppraisalState? state)
    {
        state = source.IsEmpty ? AppraisalState.Initial : null;
        if (state is not null) return true;
        if (source.Length < 10 || source[0] != Version || (source[1] & ~AllParts) != 0) return false;
        var parts = source[1];
        var rest = source[2..];
        ClockState? clock = null;
        if ((parts & HasClock) != 0)
        {
            if (rest.Length < ClockBytes + 8) return false;
            clock = new(BinaryPrimitives.ReadUInt64BigEndian(rest), BinaryPrimitives.ReadUInt32BigEndian(rest[8..]), BinaryPrimitives.ReadUInt32BigEndian(rest[12..]),
                (parts & ClockIsSafe) != 0);
            rest = rest[ClockBytes..];
        }
        var bootTime = BinaryPrimitives.ReadInt64BigEndian(rest);
        rest = rest[8..];
        ulong? boot = null;
        if ((parts & HasAcceptedBoot) != 0)
        {
            if (rest.Length < 8) return false;
            boot = BinaryPrimitives.ReadUInt64BigEndian(rest);
            rest = rest[8..];
        }
        ImaPosition? ima = null;
        if ((parts & HasIma) != 0 && !TryReadIma(ref rest, (parts & ImaPadsSha1) != 0, out ima)) return false;
        if (ima is not null && (parts & ImaHasDevices) != 0)
        {
            if (!DeviceMapperStateFormat.TryRead(ref rest, out var devices)) return false;
            ima = ima with { Devices = devices };
        }
        if (!rest.IsEmpty) return false;
        var read = new AppraisalState { Clock = clock, BootTime = bootTime, AcceptedBoot = boot, Ima = ima };
        // A state has one encoding: flags without their part, devices out of order or a key that is there twice were not written here.
        state = source.SequenceEqual(Write(read)) ? read : null;
        return state is not null;
    }

    private static Span<byte> Write(ImaPosition ima, Span<byte> rest)
    {
        BinaryPrimitives.WriteInt64BigEndian(rest, ima.NextEntry);
        BinaryPrimitives.WriteInt32BigEndian(rest[8..], ima.Lag);
        rest[12] = (byte)ima.PcrValue.Length;
        ima.PcrValue.Span.CopyTo(rest[ImaHeadBytes..]);
        rest = rest[(ImaHeadBytes + ima.PcrValue.Length)..];
        rest[0] = (byte)ima.LearnedKeys.Count;
        rest = rest[1..];
        foreach (var key in ima.LearnedKeys.Keys)
        {
            BinaryPrimitives.WriteUInt32BigEndian(rest, key.Id);
            BinaryPrimitives.WriteUInt16BigEndian(rest[4..], (ushort)key.SubjectPublicKeyInfo.Length);
            key.SubjectPublicKeyInfo.CopyTo(rest[KeyHeadBytes..]);
            rest = rest[(KeyHeadBytes + key.SubjectPublicKeyInfo.Length)..];
        }
        return rest;
    }

    private static bool TryReadIma(ref ReadOnlySpan<byte> rest, bool padsSha1, [NotNullWhen(true)] out ImaPosition? ima)
    {
        ima = null;
        if (rest.Length < ImaHeadBytes || rest[12] is not (20 or 32 or 48 or 64) || rest.Length < ImaHeadBytes + rest[12] + 1) return false;
        var (nextEntry, lag) = (BinaryPrimitives.ReadInt64BigEndian(rest), BinaryPrimitives.ReadInt32BigEndian(rest[8..]));
        if (nextEntry < 0 || lag < 0) return false;
        var value = rest.Slice(ImaHeadBytes, rest[12]).ToArray();
        rest = rest[(ImaHeadBytes + value.Length)..];
        var count = rest[0];
        rest = rest[1..];
        var keys = ImaKeyring.Empty;
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < KeyHeadBytes) return false;
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[4..]);
            if (rest.Length < KeyHeadBytes + length) return false;
            if (!ImaKey.TryReadPublicKey(rest.Slice(KeyHeadBytes, length), BinaryPrimitives.ReadUInt32BigEndian(rest), out var key)) return false;
            keys = keys.With(key);
            rest = rest[(KeyHeadBytes + length)..];
        }
        ima = new(nextEntry, value, lag) { PadsSha1 = padsSha1, LearnedKeys = keys };
        return true;
    }
}
