namespace Keylime.Tpm.Structures;

/// <summary>TPMS_CERTIFY_INFO: the object that a key certified to be loaded in the same TPM.</summary>
/// <param name="Name">Name of the object: name algorithm and digest of its public area.</param>
/// <param name="QualifiedName">Digest over the names of the object and all its ancestors.</param>
/// <remarks>TPM 2.0 Part 2, TPMS_CERTIFY_INFO (10.12.3).</remarks>
public sealed record CertifyInfo(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> QualifiedName)
{
    internal static CertifyInfo Read(ref TpmReader reader) =>
        new(reader.ReadSized(PublicArea.MaxNameBytes).ToArray(), reader.ReadSized(PublicArea.MaxNameBytes).ToArray());

    internal void Write(ref TpmWriter writer)
    {
        writer.WriteSized(Name.Span);
        writer.WriteSized(QualifiedName.Span);
    }
}
