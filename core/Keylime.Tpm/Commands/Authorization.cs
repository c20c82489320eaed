namespace Keylime.Tpm.Commands;

/// <summary>TPMS_AUTH_COMMAND: proof that a command may use a handle. Either a plain authorisation value or a policy session.</summary>
/// <param name="Session">Handle of the session.</param>
/// <param name="Value">The authorisation value; empty with a policy session. Borrowed until the command is written.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_AUTH_COMMAND (10.13.2). Policy sessions here are unbound and unsalted and no policy asks for the
/// object's authorisation value, so there is no HMAC in either direction.</remarks>
public readonly record struct Authorization(uint Session, ReadOnlyMemory<byte> Value)
{
    private const byte ContinueSession = 1;

    /// <summary>With the object's authorisation value; empty for none.</summary>
    public static Authorization Password(ReadOnlyMemory<byte> value = default) => new(TpmHandle.Password, value);

    /// <summary>With a policy session that has been satisfied. The session stays loaded and has to be flushed.</summary>
    public static Authorization Policy(uint session) => new(session, default);

    internal void Write(ref TpmWriter writer)
    {
        writer.WriteUInt32(Session);
        writer.WriteSized([]);
        writer.WriteByte(ContinueSession);
        writer.WriteSized(Value.Span);
    }
}
