using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_EvictControl: makes a loaded key persistent, or removes a persistent one (both handles the same).</summary>
/// <param name="Authorization">Authorisation of the owner hierarchy.</param>
/// <param name="Key">The loaded key, or the persistent one to remove.</param>
/// <param name="PersistentHandle">Where it is to live, 0x81000000 and up.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_EvictControl (28.5).</remarks>
public sealed record EvictControlCommand(Authorization Authorization, uint Key, uint PersistentHandle) : ITpmCommand<EmptyResponse>
{
    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.EvictControl;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [TpmHandle.Owner, Key], [Authorization],
        (ref writer) => writer.WriteUInt32(PersistentHandle));

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EmptyResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: false, static (ref _, _) => EmptyResponse.Instance, out response, out error);
}
