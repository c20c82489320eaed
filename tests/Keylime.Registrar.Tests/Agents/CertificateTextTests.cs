using System.Formats.Asn1;
using Keylime.Registrar.Agents;

namespace Keylime.Registrar.Tests.Agents;

public sealed class CertificateTextTests
{
    [Theory]
    [InlineData(3, true)]
    [InlineData(100, false)]
    [InlineData(20_000, false)]
    public void Looks_only_so_deep_into_a_certificate(int depth, bool isStrict) =>
        Assert.Equal(isStrict, CertificateText.Parse(Convert.ToBase64String(Nested(depth))) is { IsStrict: true });

    /// <summary>A certificate whose signature algorithm has sequences within sequences for its parameters.</summary>
    private static byte[] Nested(int depth)
    {
        using var tpm = new TpmKeys();
        var certificate = new AsnReader(tpm.EkCertificate(), AsnEncodingRules.DER).ReadSequence();
        var content = certificate.ReadEncodedValue();
        var algorithm = certificate.ReadSequence().ReadObjectIdentifier();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(content.Span);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm);
                for (var i = 0; i < depth; i++) writer.PushSequence();
                for (var i = 0; i < depth; i++) writer.PopSequence();
            }
            writer.WriteEncodedValue(certificate.ReadEncodedValue().Span);
        }
        return writer.Encode();
    }
}
