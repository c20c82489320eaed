using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_ReadPublic: the public part of a loaded or persistent key.</summary>
/// <param name="Handle">Handle of the key.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_ReadPublic (12.4).</remarks>
public sealed record ReadPublicCommand(uint Handle) : ITpmCommand<ReadPublicResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.ReadPublic;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Handle], []);

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out ReadPublicResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, Read, out response, out error);

    private static ReadPublicResponse Read(ref TpmReader reader, uint handle) => new(
        PublicArea.ReadSized(ref reader), reader.ReadSized(PublicArea.MaxNameBytes).ToArray(),
        reader.ReadSized(PublicArea.MaxNameBytes).ToArray());
}

/// <summary>The public part.</summary>
/// <param name="Public">The key.</param>
/// <param name="Name">Its name.</param>
/// <param name="QualifiedName">Digest over the names of the key and its ancestors.</param>
public sealed record ReadPublicResponse(PublicArea Public, ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> QualifiedName);
