using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_NV_Read: part of the contents of an NV index.</summary>
/// <param name="AuthHandle">Whose authorisation is used: the index itself or <see cref="TpmHandle.Owner"/>.</param>
/// <param name="Authorization">The authorisation.</param>
/// <param name="Index">The index.</param>
/// <param name="Offset">First byte wanted.</param>
/// <param name="Bytes">Number of bytes, at most <see cref="SafeChunkBytes"/> to be understood by every TPM.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_NV_Read (31.13).</remarks>
public sealed record NvReadCommand(uint AuthHandle, Authorization Authorization, uint Index, ushort Offset, ushort Bytes)
    : ITpmCommand<NvReadResponse>
{
    /// <summary>What every PC platform's TPM can give at once, in bytes.</summary>
    public const ushort SafeChunkBytes = 512;
    private const int MaxBytes = 2048;

    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.NvRead;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [AuthHandle, Index], [Authorization], (ref writer) =>
    {
        writer.WriteUInt16(Bytes);
        writer.WriteUInt16(Offset);
    });

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out NvReadResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: false, Read, out response, out error);

    private static NvReadResponse Read(ref TpmReader reader, uint handle) => new(reader.ReadSized(MaxBytes).ToArray());
}

/// <summary>The contents.</summary>
/// <param name="Data">As many bytes as were asked for.</param>
public sealed record NvReadResponse(ReadOnlyMemory<byte> Data);
