using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_ContextLoad: loads what <see cref="ContextSaveCommand"/> saved.</summary>
/// <param name="Context">The saved object.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_ContextLoad (28.3).</remarks>
public sealed record ContextLoadCommand(SavedContext Context) : ITpmCommand<ContextLoadResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.ContextLoad;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [], [], (ref writer) => Context.Write(ref writer));

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out ContextLoadResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: true, Read, out response, out error);

    private static ContextLoadResponse Read(ref TpmReader reader, uint handle) => new(handle);
}

/// <summary>The loaded object.</summary>
/// <param name="Handle">Transient handle; to be flushed.</param>
public sealed record ContextLoadResponse(uint Handle);
