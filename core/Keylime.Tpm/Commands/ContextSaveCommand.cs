using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_ContextSave: takes a loaded object out of the TPM, encrypted, so that its slot can be used for others.</summary>
/// <param name="Handle">The object. It stays loaded until it is flushed; a session does not.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_ContextSave (28.2).</remarks>
public sealed record ContextSaveCommand(uint Handle) : ITpmCommand<SavedContext>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.ContextSave;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Handle], []);

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out SavedContext? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, Read, out response, out error);

    private static SavedContext Read(ref TpmReader reader, uint handle) => SavedContext.Read(ref reader);
}

/// <summary>TPMS_CONTEXT. It can be loaded by the same TPM until its next Reset.</summary>
/// <param name="Sequence">Counter against replay.</param>
/// <param name="SavedHandle">What kind of object it is.</param>
/// <param name="Hierarchy">Hierarchy of the object.</param>
/// <param name="Blob">Encrypted contents.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_CONTEXT (14.5).</remarks>
public sealed record SavedContext(ulong Sequence, uint SavedHandle, uint Hierarchy, ReadOnlyMemory<byte> Blob)
{
    private const int MaxBlobBytes = 4000;

    internal static SavedContext Read(ref TpmReader reader) =>
        new(reader.ReadUInt64(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadSized(MaxBlobBytes).ToArray());

    internal void Write(ref TpmWriter writer)
    {
        writer.WriteUInt64(Sequence);
        writer.WriteUInt32(SavedHandle);
        writer.WriteUInt32(Hierarchy);
        writer.WriteSized(Blob.Span);
    }
}
