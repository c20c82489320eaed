using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_StartAuthSession for a policy session, unbound and unsalted.</summary>
/// <param name="NonceCaller">At least 16 random bytes.</param>
/// <param name="Hash">Hash of the policy: the name algorithm of the object that it is for.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_StartAuthSession (11.1).</remarks>
public sealed record StartAuthSessionCommand(ReadOnlyMemory<byte> NonceCaller, TpmAlgorithm Hash) : ITpmCommand<StartAuthSessionResponse>
{
    private const byte PolicySession = 1;

    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.StartAuthSession;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [TpmHandle.Null, TpmHandle.Null], [], (ref writer) =>
    {
        writer.WriteSized(NonceCaller.Span);
        writer.WriteSized([]);
        writer.WriteByte(PolicySession);
        writer.WriteAlgorithm(TpmAlgorithm.Null);
        writer.WriteAlgorithm(Hash);
    });

    /// <inheritdoc/>
    public bool TryParseResponse(
        ReadOnlySpan<byte> source, [NotNullWhen(true)] out StartAuthSessionResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 0, hasHandle: true, Read, out response, out error);

    private static StartAuthSessionResponse Read(ref TpmReader reader, uint handle)
    {
        reader.ReadSized(TpmHash.MaxDigestBytes); // nonceTPM: without a key in the session it enters no computation
        return new(handle);
    }
}

/// <summary>The session.</summary>
/// <param name="Session">Its handle; to be flushed.</param>
public sealed record StartAuthSessionResponse(uint Session);
