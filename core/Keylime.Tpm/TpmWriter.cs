using System.Buffers.Binary;

namespace Keylime.Tpm;

/// <summary>Writes big-endian TPM bytes into a caller's buffer. What we write comes from our own values, so a buffer that is too
/// short is a bug and throws.</summary>
internal ref struct TpmWriter(Span<byte> destination)
{
    /// <summary>Room for any structure or command: the size that every TPM's command buffer has.</summary>
    public const int MaxBytes = 4096;

    private readonly Span<byte> _destination = destination;

    public int Position { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _destination[..Position];

    public void WriteByte(byte value) => Next(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Next(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Next(4), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Next(8), value);

    public void WriteAlgorithm(TpmAlgorithm value) => WriteUInt16((ushort)value);

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Next(value.Length));

    /// <summary>A TPM2B: a 16-bit byte count, then the bytes.</summary>
    public void WriteSized(ReadOnlySpan<byte> value)
    {
        WriteUInt16(checked((ushort)value.Length));
        WriteBytes(value);
    }

    /// <summary>Reserves a 16-bit size, to be filled in by <see cref="EndSized"/> when what it measures has been written.</summary>
    public int BeginSized()
    {
        Next(2);
        return Position;
    }

    public readonly void EndSized(int start) =>
        BinaryPrimitives.WriteUInt16BigEndian(_destination[(start - 2)..], checked((ushort)(Position - start)));

    /// <summary>Reserves a 32-bit size, to be filled in by <see cref="EndSized32"/>.</summary>
    public int BeginSized32()
    {
        Next(4);
        return Position;
    }

    public readonly void EndSized32(int start) =>
        BinaryPrimitives.WriteUInt32BigEndian(_destination[(start - 4)..], (uint)(Position - start));

    private Span<byte> Next(int length)
    {
        var next = _destination.Slice(Position, length);
        Position += length;
        return next;
    }
}
