using System.Buffers.Binary;
using Keylime.Tpm;

namespace Keylime.Attestation.MeasuredBoot;

/// <summary>Cursor over an untrusted boot log. The first error sticks.</summary>
internal ref struct BootLogParser(ReadOnlyMemory<byte> source)
{
    private const int MaxBanks = 8;
    private const int MinEventBytes = 16; // PCR, type, digest count, data length
    private static ReadOnlySpan<byte> SpecIdSignature => "Spec ID Event03\0"u8;

    private readonly List<BootEvent> _events = [];
    private int _offset;

    public BootLogError Error { get; private set; }

    public BootLog Parse()
    {
        if (source.Length > BootLog.MaxBytes)
        {
            Fail(BootLogFault.TooLong, BootLog.MaxBytes);
            return new([TpmAlgorithm.Sha1], false, _events);
        }
        // The first event has the SHA-1 form in both kinds of logs; its data tell which kind follows.
        var first = ReadSha1Event();
        if (first is null) return new([TpmAlgorithm.Sha1], false, _events);
        _events.Add(first);
        if (!IsSpecId(first))
        {
            while (More()) if (ReadSha1Event() is { } next) _events.Add(next);
            return new([TpmAlgorithm.Sha1], false, _events);
        }
        var banks = ReadBanks(first.Data.Span);
        while (More()) if (ReadEvent(banks) is { } next) _events.Add(next);
        return new([.. banks.Select(bank => bank.Algorithm)], true, _events);
    }

    private static bool IsSpecId(BootEvent first) =>
        first is { Pcr: 0, Type: BootEventType.NoAction } && first.Data.Span.StartsWith(SpecIdSignature);

    /// <summary>TCG_EfiSpecIDEvent: signature, platform class, version, word size, then the banks with their digest sizes, then vendor data.</summary>
    private List<Bank> ReadBanks(ReadOnlySpan<byte> header)
    {
        const int fixedBytes = 16 + 4 + 4; // signature, platformClass, specVersionMinor/Major/Errata, uintnSize
        var dataOffset = _offset - header.Length;
        var banks = new List<Bank>();
        if (header.Length < fixedBytes + 4) { Fail(BootLogFault.BadHeader, dataOffset); return banks; }
        var count = BinaryPrimitives.ReadUInt32LittleEndian(header[fixedBytes..]);
        var at = fixedBytes + 4;
        if (count is 0 or > MaxBanks || header.Length < at + (int)count * 4 + 1) { Fail(BootLogFault.BadHeader, dataOffset + fixedBytes); return banks; }
        for (var i = 0; i < count; i++, at += 4)
        {
            var bank = new Bank((TpmAlgorithm)BinaryPrimitives.ReadUInt16LittleEndian(header[at..]), BinaryPrimitives.ReadUInt16LittleEndian(header[(at + 2)..]));
            // The size of a bank that we cannot replay is all that is needed to step over its digests.
            if (bank.DigestBytes is 0 or > 64 || banks.Exists(other => other.Algorithm == bank.Algorithm)) { Fail(BootLogFault.BadHeader, dataOffset + at); return banks; }
            banks.Add(bank);
        }
        if (header.Length != at + 1 + header[at]) Fail(BootLogFault.BadHeader, dataOffset + at);
        return banks;
    }

    /// <summary>TCG_PCR_EVENT: PCR, type, SHA-1 digest, data.</summary>
    private BootEvent? ReadSha1Event()
    {
        var pcr = ReadPcr();
        var type = (BootEventType)ReadUInt32();
        var digest = Take(20);
        var data = ReadData();
        return Failed ? null : new(_events.Count, pcr, type, [new(TpmAlgorithm.Sha1, digest)], data);
    }

    /// <summary>TCG_PCR_EVENT2: PCR, type, TPML_DIGEST_VALUES, data. Only banks of the header, each at most once.</summary>
    /// <remarks>Some firmware leaves banks out. That is harmless: replaying such a bank does not lead to what its PCR holds.</remarks>
    private BootEvent? ReadEvent(List<Bank> banks)
    {
        var pcr = ReadPcr();
        var type = (BootEventType)ReadUInt32();
        var countOffset = _offset;
        var count = ReadUInt32();
        if (!Failed && (count == 0 || count > banks.Count)) Fail(BootLogFault.UnexpectedDigests, countOffset);
        if (Failed) return null;
        var digests = new BootEventDigest[count];
        for (var i = 0; i < digests.Length && !Failed; i++)
        {
            var algorithmOffset = _offset;
            var algorithm = (TpmAlgorithm)ReadUInt16();
            var index = banks.FindIndex(bank => bank.Algorithm == algorithm);
            if (!Failed && (index < 0 || Holds(digests.AsSpan(0, i), algorithm))) Fail(BootLogFault.UnexpectedDigests, algorithmOffset);
            if (!Failed) digests[i] = new(algorithm, Take(banks[index].DigestBytes));
        }
        var data = ReadData();
        return Failed ? null : new(_events.Count, pcr, type, digests, data);
    }

    private static bool Holds(ReadOnlySpan<BootEventDigest> digests, TpmAlgorithm bank)
    {
        foreach (var digest in digests)
            if (digest.Bank == bank) return true;
        return false;
    }

    private int ReadPcr()
    {
        var offset = _offset;
        var pcr = ReadUInt32();
        if (!Failed && pcr > 23) Fail(BootLogFault.BadPcr, offset);
        return (int)pcr;
    }

    private ReadOnlyMemory<byte> ReadData()
    {
        var offset = _offset;
        var length = ReadUInt32();
        if (!Failed && length > source.Length - _offset) Fail(BootLogFault.Truncated, offset);
        return Failed ? default : Take((int)length);
    }

    private ushort ReadUInt16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.Span) : (ushort)0;

    private uint ReadUInt32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span) : 0;

    private ReadOnlyMemory<byte> Take(int count)
    {
        if (Failed) return default;
        if (count > source.Length - _offset)
        {
            Fail(BootLogFault.Truncated, _offset);
            return default;
        }
        var taken = source.Slice(_offset, count);
        _offset += count;
        return taken;
    }

    /// <summary>Whether another event follows. Only padding may stand after the last.</summary>
    private bool More()
    {
        if (Failed || _offset == source.Length) return false;
        if (_events.Count == BootLog.MaxEvents)
        {
            Fail(BootLogFault.TooLong, _offset);
            return false;
        }
        var rest = source.Span[_offset..];
        if (IsEndOfLog(rest)) return false;
        if (rest.Length >= MinEventBytes) return true;
        Fail(BootLogFault.TrailingBytes, _offset);
        return false;
    }

    /// <summary>Firmware hands out its whole buffer: the unused rest is zero, or begins with a PCR number of all ones and holds what an earlier log left there.
    /// Neither was measured, so neither is read.</summary>
    private static bool IsEndOfLog(ReadOnlySpan<byte> rest) => rest.IndexOfAnyExcept((byte)0) < 0 || rest.StartsWith<byte>([0xFF, 0xFF, 0xFF, 0xFF]);

    private readonly bool Failed => Error.Fault != BootLogFault.None;

    private void Fail(BootLogFault fault, int offset)
    {
        if (!Failed) Error = new(fault, _events.Count, offset);
    }

    private readonly record struct Bank(TpmAlgorithm Algorithm, int DigestBytes);
}
