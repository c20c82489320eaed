using System.Diagnostics.CodeAnalysis;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_Create: makes a key under a parent. It is not loaded yet.</summary>
/// <param name="Parent">Handle of the parent.</param>
/// <param name="Authorization">Authorisation of the parent.</param>
/// <param name="Template">What to create; the key's own authorisation value is empty.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_Create (12.1).</remarks>
public sealed record CreateCommand(uint Parent, Authorization Authorization, PublicArea Template) : ITpmCommand<CreateResponse>
{
    /// <summary>Longest private part of a key, encrypted by its parent, in bytes.</summary>
    public const int MaxPrivateBytes = 2048;
    private const int MaxCreationDataBytes = 1024;

    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.Create;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Parent], [Authorization],
        (ref writer) => WriteCreation(ref writer, Template));

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out CreateResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: false, Read, out response, out error);

    /// <summary>The parameters of TPM2_Create and TPM2_CreatePrimary: no secret from outside, no creation PCRs.</summary>
    internal static void WriteCreation(ref TpmWriter writer, PublicArea template)
    {
        var sensitive = writer.BeginSized();
        writer.WriteSized([]);
        writer.WriteSized([]);
        writer.EndSized(sensitive);
        template.WriteSized(ref writer);
        writer.WriteSized([]);
        PcrSelection.WriteList(ref writer, []);
    }

    /// <summary>Creation data, digest and ticket: proof of where a key was made, which nothing here asks for.</summary>
    internal static void SkipCreation(ref TpmReader reader)
    {
        reader.ReadSized(MaxCreationDataBytes);
        reader.ReadSized(TpmHash.MaxDigestBytes);
        Ticket.Skip(ref reader);
    }

    private static CreateResponse Read(ref TpmReader reader, uint handle)
    {
        var sealedPart = reader.ReadSized(MaxPrivateBytes).ToArray();
        var area = PublicArea.ReadSized(ref reader);
        SkipCreation(ref reader);
        return new(sealedPart, area);
    }
}

/// <summary>The new key.</summary>
/// <param name="Private">TPM2B_PRIVATE without its size: the private part, readable by the parent only.</param>
/// <param name="Public">The public part.</param>
public sealed record CreateResponse(ReadOnlyMemory<byte> Private, PublicArea Public);
