namespace Keylime.Tpm.Commands;

/// <summary>What surrounds the parameters of every command.</summary>
/// <remarks>TPM 2.0 Part 1, Command/Response Structure (18).</remarks>
internal static class CommandFrame
{
    public const ushort NoSessions = 0x8001;
    public const ushort Sessions = 0x8002;

    public delegate void WriteParameters(ref TpmWriter writer);

    public static byte[] Write(
        TpmCommandCode code, ReadOnlySpan<uint> handles, ReadOnlySpan<Authorization> authorizations, WriteParameters? parameters = null)
    {
        var buffer = new byte[TpmWriter.MaxBytes];
        var writer = new TpmWriter(buffer.AsSpan(6));
        writer.WriteUInt32((uint)code);
        foreach (var handle in handles) writer.WriteUInt32(handle);
        if (!authorizations.IsEmpty)
        {
            var start = writer.BeginSized32();
            foreach (var authorization in authorizations) authorization.Write(ref writer);
            writer.EndSized32(start);
        }
        parameters?.Invoke(ref writer);

        var length = 6 + writer.Position;
        var header = new TpmWriter(buffer);
        header.WriteUInt16(authorizations.IsEmpty ? NoSessions : Sessions);
        header.WriteUInt32((uint)length);
        return buffer[..length];
    }
}
