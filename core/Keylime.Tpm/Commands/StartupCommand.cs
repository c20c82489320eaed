using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_Startup(CLEAR). Platform firmware has sent it on a real machine; a software TPM may wait for it.</summary>
/// <remarks>TPM 2.0 Part 3, TPM2_Startup (9.3). <see cref="TpmResponseCode.Initialize"/> says that it was done already.</remarks>
public sealed record StartupCommand : ITpmCommand<EmptyResponse>
{
    private const ushort Clear = 0;

    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.Startup;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [], [], static (ref writer) => writer.WriteUInt16(Clear));

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EmptyResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: false, static (ref _, _) => EmptyResponse.Instance, out response, out error);
}
