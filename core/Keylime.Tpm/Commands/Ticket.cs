namespace Keylime.Tpm.Commands;

/// <summary>TPMT_TK_CREATION and TPMT_TK_AUTH: a TPM's notes to itself, of no use to us.</summary>
/// <remarks>TPM 2.0 Part 2, tickets (10.7).</remarks>
internal static class Ticket
{
    public static void Skip(ref TpmReader reader)
    {
        reader.ReadUInt16();
        reader.ReadUInt32();
        reader.ReadSized(TpmHash.MaxDigestBytes);
    }
}
