using System.Formats.Asn1;

namespace Keylime.Tpm.Structures;

/// <summary>Writes keys as DER SubjectPublicKeyInfo. Nothing is imported into the platform's cryptography for it, which may know fewer
/// curves than TPMs do.</summary>
/// <remarks>RFC 5280, section 4.1; RFC 8017, appendix A.1; RFC 5480, section 2.</remarks>
internal static class SubjectPublicKeyInfo
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string EcPublicKey = "1.2.840.10045.2.1";

    public static byte[] Write(RsaPublic key)
    {
        var parameters = key.ToParameters();
        var inner = new AsnWriter(AsnEncodingRules.DER);
        using (inner.PushSequence())
        {
            inner.WriteIntegerUnsigned(parameters.Modulus);
            inner.WriteIntegerUnsigned(parameters.Exponent);
        }
        return Write(RsaEncryption, writer => writer.WriteNull(), inner.Encode());
    }

    public static byte[] Write(EccPublic key)
    {
        var parameters = key.ToParameters();
        return Write(EcPublicKey, writer => writer.WriteObjectIdentifier(parameters.Curve.Oid.Value!),
            [4, .. parameters.Q.X!, .. parameters.Q.Y!]); // 4: an uncompressed point
    }

    private static byte[] Write(string algorithm, Action<AsnWriter> writeParameters, byte[] key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                writeParameters(writer);
            }
            writer.WriteBitString(key);
        }
        return writer.Encode();
    }
}
