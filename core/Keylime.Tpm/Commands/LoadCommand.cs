using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_Load: loads a key that <see cref="CreateCommand"/> made under the same parent.</summary>
/// <param name="Parent">Handle of the parent.</param>
/// <param name="Authorization">Authorisation of the parent.</param>
/// <param name="Private">Private part, as it was created.</param>
/// <param name="Public">Public part, as it was created.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_Load (12.2).</remarks>
public sealed record LoadCommand(uint Parent, Authorization Authorization, ReadOnlyMemory<byte> Private, PublicArea Public)
    : ITpmCommand<LoadResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.Load;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Parent], [Authorization], (ref writer) =>
    {
        writer.WriteSized(Private.Span);
        Public.WriteSized(ref writer);
    });

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out LoadResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: true, Read, out response, out error);

    private static LoadResponse Read(ref TpmReader reader, uint handle) =>
        new(handle, reader.ReadSized(PublicArea.MaxNameBytes).ToArray());
}

/// <summary>The loaded key.</summary>
/// <param name="Handle">Transient handle; to be flushed.</param>
/// <param name="Name">Its name.</param>
public sealed record LoadResponse(uint Handle, ReadOnlyMemory<byte> Name);
