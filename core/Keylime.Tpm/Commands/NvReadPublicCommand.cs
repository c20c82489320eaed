using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_NV_ReadPublic: size and attributes of an NV index.</summary>
/// <param name="Index">The index.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_NV_ReadPublic (31.6).</remarks>
public sealed record NvReadPublicCommand(uint Index) : ITpmCommand<NvReadPublicResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.NvReadPublic;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Index], []);

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out NvReadPublicResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, Read, out response, out error);

    private static NvReadPublicResponse Read(ref TpmReader reader, uint handle)
    {
        var length = reader.ReadUInt16();
        var start = reader.Position;
        var index = reader.ReadUInt32();
        reader.ReadAlgorithm(); // of the index's name, which nothing here uses
        var attributes = reader.ReadUInt32();
        reader.ReadSized(TpmHash.MaxDigestBytes);
        var dataBytes = reader.ReadUInt16();
        if (reader.Position - start != length) reader.Fail(ParseFault.BadSize);
        reader.ReadSized(PublicArea.MaxNameBytes);
        return new(index, attributes, dataBytes);
    }
}

/// <summary>TPMS_NV_PUBLIC, as far as it is needed to read the index.</summary>
/// <param name="Index">The index.</param>
/// <param name="Attributes">TPMA_NV.</param>
/// <param name="DataBytes">Size of the contents.</param>
public sealed record NvReadPublicResponse(uint Index, uint Attributes, ushort DataBytes)
{
    private const uint AuthRead = 1u << 18;
    private const uint Written = 1u << 29;

    /// <summary>True when the index's own (empty) authorisation value allows reading.</summary>
    public bool AllowsAuthRead => (Attributes & AuthRead) != 0;

    /// <summary>True when there are contents.</summary>
    public bool IsWritten => (Attributes & Written) != 0;
}
