using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Attestation.Endorsements;
using static Keylime.Attestation.Tests.Endorsements.TestCertificates;

namespace Keylime.Attestation.Tests.Endorsements;

public sealed class CertificateChainTests
{
    private static readonly (X509Certificate2 Certificate, ECDsa Key) Root = Issue("Root", null, new X509BasicConstraintsExtension(true, true, 1, true));
    private static readonly (X509Certificate2 Certificate, ECDsa Key) Issuing = Issue("Issuing", Root, new X509BasicConstraintsExtension(true, true, 0, true));

    [Fact]
    public void A_path_through_an_intermediate_leads_to_the_root() =>
        Assert.True(Verify(Issue("Leaf", Issuing), [Root.Certificate], [Issuing.Certificate]).IsGood);

    [Fact]
    public void An_intermediate_may_be_the_anchor() => Assert.True(Verify(Issue("Leaf", Issuing), [Issuing.Certificate], []).IsGood);

    [Fact]
    public void A_certificate_that_is_no_CA_vouches_for_nothing()
    {
        var leaf = Issue("Leaf", Issuing);
        Assert.Equal(EndorsementFault.WrongUsage, Verify(Issue("Below", leaf), [Root.Certificate], [Issuing.Certificate, leaf.Certificate]).Fault);
    }

    [Fact]
    public void A_CA_must_be_allowed_to_sign_certificates()
    {
        var signer = Issue("Signer", Root, new X509BasicConstraintsExtension(true, false, 0, true), new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        Assert.Equal(EndorsementFault.WrongUsage, Verify(Issue("Leaf", signer), [Root.Certificate], [signer.Certificate]).Fault);
    }

    [Fact]
    public void A_certificate_without_extensions_is_a_CA_only_as_an_anchor()
    {
        var old = Issue("Old", Root);
        var version1 = ToVersion1(old.Certificate, Root.Key);
        Assert.Equal(1, version1.X509.Version);
        var leaf = Parse(Issue("Leaf", old).Certificate);
        Assert.True(CertificateChain.Verify(leaf, [version1], [], Now).IsGood);
        Assert.Equal(EndorsementFault.WrongUsage, CertificateChain.Verify(leaf, [Parse(Root.Certificate)], [version1], Now).Fault);
    }

    [Fact]
    public void Finds_the_way_that_is_good_among_certificates_of_one_CA()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ca = new X509BasicConstraintsExtension(true, true, 0, true);
        var leaf = Sign("Leaf", key, "Renewed", key);
        var renewed = Sign("Renewed", key, "Root", Root.Key, ca);
        X509Certificate2[] others = [SignFor("Renewed", key, "Root", Root.Key, Now.AddYears(-9), Now.AddYears(-5), ca), Sign("Renewed", key, "Root", Root.Key), Sign("Renewed", key, "Nobody", key, ca)];
        foreach (var other in others)
        {
            Assert.True(Verify((leaf, key), [Root.Certificate], [other, renewed]).IsGood);
            Assert.False(Verify((leaf, key), [Root.Certificate], [other]).IsGood);
        }
        Assert.Equal(EndorsementFault.NotValidNow, Verify((leaf, key), [Root.Certificate], others).Fault);
        // Among anchors, too.
        Assert.True(Verify((leaf, key), [others[1], renewed], []).IsGood);
    }

    [Fact]
    public void An_anchor_that_has_expired_is_trusted_all_the_same()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var expired = SignFor("Maker", key, "Maker", key, Now.AddYears(-9), Now.AddYears(-5), new X509BasicConstraintsExtension(true, false, 0, true));
        var leaf = Sign("Leaf", key, "Maker", key);
        Assert.True(Verify((leaf, key), [expired], []).IsGood);
        Assert.Equal(EndorsementFault.NotValidNow, Verify((leaf, key), [], [expired]).Fault);
    }

    // Each of them signs all: 40 to the power of six ways, of which none leads anywhere.
    [Fact]
    public void Certificates_that_share_name_and_key_end_the_walk()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ca = new X509BasicConstraintsExtension(true, false, 0, true);
        X509Certificate2[] crowd = [.. Enumerable.Range(0, 40).Select(_ => Sign("Crowd", key, "Crowd", key, ca))];
        Assert.Equal(EndorsementFault.ChainTooLong, Verify((Sign("Leaf", key, "Crowd", key), key), [], crowd).Fault);
    }

    [Fact]
    public void The_path_length_holds()
    {
        var deeper = Issue("Deeper", Issuing, new X509BasicConstraintsExtension(true, false, 0, true));
        Assert.Equal(EndorsementFault.ChainTooLong, Verify(Issue("Leaf", deeper), [Root.Certificate], [Issuing.Certificate, deeper.Certificate]).Fault);
    }

    [Fact]
    public void Another_key_under_the_same_name_did_not_sign_it()
    {
        var impostor = Issue("Issuing", Root, new X509BasicConstraintsExtension(true, true, 0, true));
        Assert.Equal(EndorsementFault.BadSignature, Verify(Issue("Leaf", impostor), [Issuing.Certificate], []).Fault);
    }

    [Fact]
    public void Certificates_that_sign_each_other_end_the_walk()
    {
        // Two CAs certify each other and neither is trusted.
        using var firstKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var secondKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ca = new X509BasicConstraintsExtension(true, false, 0, true);
        var first = Sign("First", firstKey, "Second", secondKey, ca);
        var second = Sign("Second", secondKey, "First", firstKey, ca);
        var leaf = Sign("Leaf", firstKey, "First", firstKey);
        Assert.Equal(EndorsementFault.ChainTooLong, Verify((leaf, firstKey), [], [first, second]).Fault);
    }

    [Fact]
    public void The_validity_is_judged_at_the_given_time()
    {
        var leaf = Issue("Leaf", Issuing);
        Assert.Equal(EndorsementFault.NotValidNow, Verify(leaf, [Issuing.Certificate], [], Now.AddYears(50)).Fault);
        Assert.Equal(EndorsementFault.NotValidNow, Verify(leaf, [Issuing.Certificate], [], Now.AddYears(-50)).Fault);
    }

    [Fact]
    public void Rejects_every_truncation_and_foreign_bytes_behind_a_certificate()
    {
        var der = Root.Certificate.RawData;
        for (var length = 0; length < der.Length; length++) Assert.False(Certificate.TryParse(der.AsSpan(0, length), out _));
        Assert.False(Certificate.TryParse([.. der, 1], out _));
        Assert.True(Certificate.TryParse([.. der, 0xFF, 0xFF], out _));
    }

    [Fact]
    public void A_flipped_byte_never_makes_a_certificate_good()
    {
        var der = Issuing.Certificate.RawData;
        for (var i = 0; i < der.Length; i++)
        {
            var flipped = (byte[])der.Clone();
            flipped[i] ^= 0x01;
            if (Certificate.TryParse(flipped, out var certificate)) Assert.False(CertificateChain.Verify(certificate, [Parse(Root.Certificate)], [], Now).IsGood, $"byte {i}");
        }
    }

    [Theory]
    [InlineData("6180")]
    [InlineData("3080")]
    [InlineData("30808080")]
    [InlineData("1F")]
    public void Bytes_that_are_no_ASN_1_value_are_no_certificate(string hex)
    {
        Assert.False(Certificate.TryParse(Convert.FromHexString(hex), out _));
        Assert.False(Certificate.TryParseText(Convert.ToBase64String(Convert.FromHexString(hex)), out _));
    }

    [Fact]
    public void A_key_on_a_curve_that_nobody_knows_vouches_for_nothing()
    {
        var der = Root.Certificate.RawData;
        // The name of P-256 becomes that of no curve.
        der[der.AsSpan().IndexOf<byte>([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) + 7] = 0x7F;
        Assert.True(Certificate.TryParse(der, out var unknown));
        Assert.Equal(EndorsementFault.BadSignature, CertificateChain.Verify(unknown, [unknown], [], Now).Fault);
        Assert.Equal(EndorsementFault.BadSignature, CertificateChain.Verify(Parse(Issue("Leaf", Root).Certificate), [unknown], [], Now).Fault);
    }

    [Fact]
    public void The_default_result_is_not_good() => Assert.False(default(EndorsementResult).IsGood);

    private static EndorsementResult Verify((X509Certificate2 Certificate, ECDsa Key) leaf, X509Certificate2[] trusted, X509Certificate2[] intermediates, DateTimeOffset? at = null) =>
        CertificateChain.Verify(Parse(leaf.Certificate), [.. trusted.Select(Parse)], [.. intermediates.Select(Parse)], at ?? Now);

    /// <summary>The certificate without its version and extensions, signed again.</summary>
    private static Certificate ToVersion1(X509Certificate2 certificate, ECDsa issuerKey)
    {
        var toBeSigned = new AsnReader(certificate.RawData, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        toBeSigned.ReadEncodedValue();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
            for (var field = 0; field < 6; field++) writer.WriteEncodedValue(toBeSigned.ReadEncodedValue().Span);
        var fields = writer.Encode();
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(fields);
            using (writer.PushSequence()) writer.WriteObjectIdentifier(certificate.SignatureAlgorithm.Value!);
            writer.WriteBitString(issuerKey.SignData(fields, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
        return Certificate.TryParse(writer.Encode(), out var parsed) ? parsed : throw new InvalidDataException();
    }
}
