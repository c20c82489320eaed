using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_CreatePrimary: derives a key from a hierarchy's seed. The same template gives the same key.</summary>
/// <param name="Hierarchy">The hierarchy: <see cref="TpmHandle.Endorsement"/> for endorsement keys.</param>
/// <param name="Authorization">Authorisation of the hierarchy.</param>
/// <param name="Template">What to create.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_CreatePrimary (24.1).</remarks>
public sealed record CreatePrimaryCommand(uint Hierarchy, Authorization Authorization, PublicArea Template)
    : ITpmCommand<CreatePrimaryResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.CreatePrimary;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Hierarchy], [Authorization],
        (ref writer) => CreateCommand.WriteCreation(ref writer, Template));

    /// <inheritdoc/>
    public bool TryParseResponse(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out CreatePrimaryResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: true, Read, out response, out error);

    private static CreatePrimaryResponse Read(ref TpmReader reader, uint handle)
    {
        var area = PublicArea.ReadSized(ref reader);
        CreateCommand.SkipCreation(ref reader);
        return new(handle, area, reader.ReadSized(PublicArea.MaxNameBytes).ToArray());
    }
}

/// <summary>The loaded primary key.</summary>
/// <param name="Handle">Transient handle; to be flushed.</param>
/// <param name="Public">The key.</param>
/// <param name="Name">Its name.</param>
public sealed record CreatePrimaryResponse(uint Handle, PublicArea Public, ReadOnlyMemory<byte> Name);
