using System.Buffers.Binary;

namespace Keylime.Tpm;

/// <summary>Cursor over untrusted big-endian TPM bytes. The first error sticks and later reads yield empty
/// values, so a parser reads like the table in the spec and checks once, in <see cref="TryFinish"/>.</summary>
internal ref struct TpmReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private ParseError _error;

    /// <summary>Offset of the next byte; errors are located by it.</summary>
    public int Position { get; private set; }

    /// <summary>True once a fault has been met. Loops over counts end on it.</summary>
    public readonly bool Failed => _error.Fault != ParseFault.None;

    public byte ReadByte() => Take(1) is [var value] ? value : (byte)0;

    public ushort ReadUInt16() => Take(2) is { Length: 2 } b ? BinaryPrimitives.ReadUInt16BigEndian(b) : (ushort)0;

    public uint ReadUInt32() => Take(4) is { Length: 4 } b ? BinaryPrimitives.ReadUInt32BigEndian(b) : 0;

    public ulong ReadUInt64() => Take(8) is { Length: 8 } b ? BinaryPrimitives.ReadUInt64BigEndian(b) : 0;

    /// <summary>A 32-bit list length that is at most <paramref name="max"/>.</summary>
    public int ReadCount(int max)
    {
        var count = ReadUInt32();
        if (count <= (uint)max) return (int)count;
        Fail(ParseFault.TooMany);
        return 0;
    }

    /// <summary>A TPM2B: a 16-bit byte count, then that many bytes, borrowed from the source.</summary>
    public ReadOnlySpan<byte> ReadSized(int maxBytes)
    {
        var length = ReadUInt16();
        return length <= maxBytes ? Take(length) : Fail(ParseFault.TooLong);
    }

    public TpmAlgorithm ReadAlgorithm() => (TpmAlgorithm)ReadUInt16();

    /// <summary>A hash algorithm that can be computed here; anything else is a fault.</summary>
    public TpmAlgorithm ReadHash()
    {
        var hash = ReadAlgorithm();
        if (!hash.IsHash()) Fail(ParseFault.UnknownAlgorithm);
        return hash;
    }

    public ReadOnlySpan<byte> Take(int length)
    {
        if (Failed) return [];
        if (length > _source.Length - Position) return Fail(ParseFault.Truncated);
        var taken = _source.Slice(Position, length);
        Position += length;
        return taken;
    }

    /// <summary>Records a fault at the current position, unless an earlier one sticks.</summary>
    public ReadOnlySpan<byte> Fail(ParseFault fault)
    {
        if (!Failed) _error = new(fault, Position);
        return [];
    }

    /// <summary>True when everything was read, nothing was wrong and nothing is left.</summary>
    public bool TryFinish(out ParseError error)
    {
        if (Position != _source.Length) Fail(ParseFault.TrailingBytes);
        error = _error;
        return !Failed;
    }
}
