using System.Diagnostics.CodeAnalysis;

namespace Keylime.Tpm.Commands;

/// <summary>TPM2_PolicySecret: satisfies a policy by knowing an entity's authorisation value.</summary>
/// <param name="AuthHandle">The entity: <see cref="TpmHandle.Endorsement"/> for endorsement keys.</param>
/// <param name="Authorization">Its authorisation.</param>
/// <param name="Session">The policy session.</param>
/// <remarks>TPM 2.0 Part 3, TPM2_PolicySecret (23.4).</remarks>
public sealed record PolicySecretCommand(uint AuthHandle, Authorization Authorization, uint Session) : ITpmCommand<EmptyResponse>
{
    private const int MaxTimeoutBytes = 8;

    /// <inheritdoc/>
    public TpmCommandCode Code => TpmCommandCode.PolicySecret;

    /// <inheritdoc/>
    public byte[] ToBytes() => CommandFrame.Write(Code, [AuthHandle, Session], [Authorization], static (ref writer) =>
    {
        writer.WriteSized([]); // nonceTPM: bound to no session
        writer.WriteSized([]); // cpHashA: for any command
        writer.WriteSized([]); // policyRef
        writer.WriteUInt32(0); // expiration: none
    });

    /// <inheritdoc/>
    public bool TryParseResponse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EmptyResponse? response, out ParseError error) =>
        ResponseFrame.TryRead(source, sessions: 1, hasHandle: false, Read, out response, out error);

    private static EmptyResponse Read(ref TpmReader reader, uint handle)
    {
        reader.ReadSized(MaxTimeoutBytes);
        Ticket.Skip(ref reader);
        return EmptyResponse.Instance;
    }
}
