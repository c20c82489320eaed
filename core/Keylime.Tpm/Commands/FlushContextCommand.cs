using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_FlushContext: unloads a transient object or a session.</summary>
/// <param name="Handle">Its handle.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_FlushContext (28.4). The handle is a parameter there, which looks the same on the wire.</remarks>
public sealed record FlushContextCommand(uint Handle) : ITpmCommand<EmptyResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.FlushContext;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [Handle], []);

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EmptyResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, static (ref _, _) => EmptyResponse.Instance, out response, out error);
}
