using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Attestation.Endorsements;
using Keylime.Testing;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;
using static Keylime.Attestation.Tests.Endorsements.TestCertificates;

namespace Keylime.Attestation.Tests.Endorsements;

public sealed class DeviceIdentityCertificateTests
{
    private const string Folder = "fetched/ek-cert/keylime+keylime";
    private const string VerifiedTpmFixed = "2.23.133.11.1.2";
    private const string VerifiedTpmRestricted = "2.23.133.11.1.3";

    private static readonly (X509Certificate2 Certificate, ECDsa Key) Maker = Issue("Maker", null, new X509BasicConstraintsExtension(true, false, 0, true));

    [Theory]
    [InlineData(DeviceKey.IDevId)]
    [InlineData(DeviceKey.Iak)]
    public void A_key_that_its_maker_certified_is_believed(DeviceKey use)
    {
        var (certificate, key) = Issue("Device", Maker, new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true), new X509BasicConstraintsExtension(false, false, 0, true));
        Assert.Equal(new(EndorsementFault.None, ""), DeviceIdentityCertificate.Verify(Parse(certificate), use, AreaOf(key), [Parse(Maker.Certificate)], [], Now));
    }

    [Fact]
    public void The_certificate_of_another_key_is_not()
    {
        var (certificate, _) = Issue("Device", Maker);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(new(EndorsementFault.KeyMismatch, "CN=Device"), DeviceIdentityCertificate.Verify(Parse(certificate), DeviceKey.Iak, AreaOf(other), [Parse(Maker.Certificate)], [], Now));
    }

    [Fact]
    public void What_other_makers_signed_is_not()
    {
        var stranger = Issue("Stranger", null, new X509BasicConstraintsExtension(true, false, 0, true));
        Assert.Equal(EndorsementFault.IssuerUnknown, Verify(DeviceKey.Iak, Issue("Device", stranger)).Fault);
    }

    [Fact]
    public void An_expired_certificate_is_not()
    {
        var leaf = Parse(Issue("Device", Maker).Certificate);
        Assert.Equal(EndorsementFault.NotValidNow, DeviceIdentityCertificate.VerifyChain(leaf, DeviceKey.IDevId, [Parse(Maker.Certificate)], [], Now.AddYears(2)).Fault);
    }

    [Fact]
    public void An_authority_s_certificate_is_no_device_s() =>
        Assert.Equal(EndorsementFault.WrongUsage, Verify(DeviceKey.Iak, Issue("Below", Maker, new X509BasicConstraintsExtension(true, false, 0, true))).Fault);

    [Fact]
    public void A_certificate_for_anything_but_signing_is_no_device_s() =>
        Assert.Equal(EndorsementFault.WrongUsage, Verify(DeviceKey.IDevId, Issue("EK", Maker, new X509KeyUsageExtension(X509KeyUsageFlags.KeyEncipherment, true))).Fault);

    public static TheoryData<string[], string[], DeviceKey, EndorsementFault> Claimed => new()
    {
        { [VerifiedTpmFixed], [], DeviceKey.Iak, EndorsementFault.WrongUsage },
        { [], [VerifiedTpmFixed], DeviceKey.Iak, EndorsementFault.WrongUsage },
        { [VerifiedTpmFixed, VerifiedTpmRestricted], [], DeviceKey.Iak, EndorsementFault.None },
        { [VerifiedTpmFixed], [VerifiedTpmRestricted], DeviceKey.Iak, EndorsementFault.None },
        { [VerifiedTpmFixed], [], DeviceKey.IDevId, EndorsementFault.None },
        { [], ["1.3.6.1.5.5.7.3.1"], DeviceKey.Iak, EndorsementFault.None }, // a TLS server, as makers mark any key
    };

    [Theory]
    [MemberData(nameof(Claimed))]
    public void A_certificate_that_says_IDevID_is_no_IAK_s(string[] policies, string[] usages, DeviceKey use, EndorsementFault expected)
    {
        var extensions = new List<X509Extension>();
        if (policies.Length > 0) extensions.Add(new X509Extension("2.5.29.32", Policies(policies), critical: false));
        if (usages.Length > 0) extensions.Add(new X509EnhancedKeyUsageExtension([.. usages.Select(usage => new Oid(usage))], critical: false));
        Assert.Equal(expected, Verify(use, Issue("Device", Maker, [.. extensions])).Fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3000FF")]
    [InlineData("30023000")]
    [InlineData("3003020101")]
    public void A_certificate_with_broken_policies_is_none(string hex)
    {
        var (certificate, _) = Issue("Device", Maker, new X509Extension("2.5.29.32", Convert.FromHexString(hex), critical: false));
        Assert.Equal(hex == "3000FF", Certificate.TryParse(certificate.RawData, out _));
    }

    [Fact]
    public void One_key_is_not_both_IDevID_and_IAK()
    {
        var (first, key) = Issue("IDevID", Maker);
        var second = Sign("IAK", key, "Maker", Maker.Key);
        Assert.Equal(new(EndorsementFault.KeyShared, "CN=IAK"), DeviceIdentityCertificate.VerifyDistinct(Parse(second), Parse(first)));
        Assert.True(DeviceIdentityCertificate.VerifyDistinct(Parse(Issue("IAK", Maker).Certificate), Parse(first)).IsGood);
    }

    [Fact]
    public void A_flipped_byte_never_makes_a_certificate_good()
    {
        var (certificate, key) = Issue("Device", Maker, new X509Extension("2.5.29.32", Policies([VerifiedTpmRestricted]), critical: false));
        var (der, area, trusted) = (certificate.RawData, AreaOf(key), Parse(Maker.Certificate));
        for (var i = 0; i < der.Length; i++)
        {
            var flipped = (byte[])der.Clone();
            flipped[i] ^= 0x01;
            if (Certificate.TryParse(flipped, out var read)) Assert.False(DeviceIdentityCertificate.Verify(read, DeviceKey.Iak, area, [trusted], [], Now).IsGood, $"byte {i}");
        }
    }

    /// <summary>The IAK's key is marked for RSASSA-PSS.</summary>
    [VectorFact]
    public void Keylime_s_own_device_leads_to_its_authority()
    {
        Assert.True(Certificate.TryParseAll(Vectors.Read($"{Folder}/idevid-test-ca/iak_idevid_chain.pem"), out var store));
        Assert.Equal(2, store.Count);
        var at = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (var (name, use) in new[] { ("iak_der", DeviceKey.Iak), ("idevid_der", DeviceKey.IDevId) })
        {
            Assert.True(Certificate.TryParse(Vectors.Read($"{Folder}/{name}.der"), out var certificate));
            Assert.True(KeyPem.TryReadArea(PemEncoding.WriteString("PUBLIC KEY", certificate.ExportSubjectPublicKeyInfo()), ObjectAttributes.AttestationKey, out var area));
            Assert.Equal(new(EndorsementFault.None, ""), DeviceIdentityCertificate.Verify(certificate, use, area, store, [], at));
            Assert.True(DeviceIdentityCertificate.VerifyChain(certificate, use, [store[1]], [store[0]], at).IsGood);
            Assert.Equal(EndorsementFault.IssuerUnknown, DeviceIdentityCertificate.VerifyChain(certificate, use, [store[1]], [], at).Fault);
        }
    }

    [Fact]
    public void A_file_with_many_certificates_is_read_whole_or_not_at_all()
    {
        var pem = Maker.Certificate.ExportCertificatePem();
        Assert.True(Certificate.TryParseAll(Encoding.ASCII.GetBytes($"first\n{pem}\n{pem}"), out var two));
        Assert.Equal(2, two.Count);
        Assert.True(Certificate.TryParseAll("no certificate"u8, out var none));
        Assert.Empty(none);
        Assert.False(Certificate.TryParseAll(Encoding.ASCII.GetBytes($"{pem}\n{PemEncoding.WriteString("CERTIFICATE", [0x30, 0])}"), out _));
        Assert.False(Certificate.TryParseAll([0x30, 0], out _));
    }

    private static EndorsementResult Verify(DeviceKey use, (X509Certificate2 Certificate, ECDsa Key) leaf) =>
        DeviceIdentityCertificate.VerifyChain(Parse(leaf.Certificate), use, [Parse(Maker.Certificate)], [], Now);

    private static PublicArea AreaOf(ECDsa key) => new()
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = ObjectAttributes.AttestationKey,
        Ecc = EccPublic.FromParameters(TpmEccCurve.NistP256, key.ExportParameters(false)),
    };

    private static byte[] Policies(string[] policies)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
            foreach (var policy in policies)
                using (writer.PushSequence()) writer.WriteObjectIdentifier(policy);
        return writer.Encode();
    }
}
