using System.Formats.Asn1;
using System.Security.Cryptography;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Tests.Credentials;

public sealed class KeyPemTests
{
    private const ObjectAttributes Ak = ObjectAttributes.AttestationKey;

    [Fact]
    public void An_RSA_key_becomes_the_area_with_its_numbers()
    {
        using var key = RSA.Create(2048);
        Assert.True(KeyPem.TryReadArea(key.ExportSubjectPublicKeyInfoPem(), Ak, out var area));
        Assert.Equal((Ak, TpmAlgorithm.Sha256), (area.Attributes, area.NameAlgorithm));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), area.ExportSubjectPublicKeyInfo());
    }

    [Theory]
    [InlineData("nistP256", TpmEccCurve.NistP256)]
    [InlineData("nistP384", TpmEccCurve.NistP384)]
    [InlineData("nistP521", TpmEccCurve.NistP521)]
    public void An_EC_key_becomes_the_area_with_its_point(string name, TpmEccCurve curve)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(name));
        Assert.True(KeyPem.TryReadArea(key.ExportSubjectPublicKeyInfoPem(), Ak, out var area));
        Assert.Equal(curve, area.Ecc!.Curve);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), area.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void A_private_key_is_imported_and_is_no_public_area()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportPkcs8PrivateKeyPem();
        Assert.False(KeyPem.TryReadArea(pem, Ak, out _));
        Assert.True(KeyPem.TryImport(pem, ECDsa.Create, out var imported));
        using (imported) Assert.Equal(key.ExportSubjectPublicKeyInfo(), imported.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void A_key_of_another_kind_is_not_imported()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.False(KeyPem.TryImport(key.ExportSubjectPublicKeyInfoPem(), RSA.Create, out var rsa));
        Assert.Null(rsa);
    }

    public static TheoryData<string, string> NoKeys => new()
    {
        { "no PEM", "-----BEGIN PUBLIC KEY" },
        { "nothing", "" },
        { "empty", PemEncoding.WriteString("PUBLIC KEY", []) },
        { "no SubjectPublicKeyInfo", PemEncoding.WriteString("PUBLIC KEY", [0x30, 0x80]) },
        { "an exponent of 1", Rsa(2048, [1]) },
        { "an even exponent", Rsa(2048, [1, 0, 0]) },
        { "an exponent that no TPM can hold", Rsa(2048, [1, 0, 0, 0, 1]) },
        { "a modulus that no TPM can hold", Rsa(16384, [1, 0, 1]) },
        { "a modulus that is too small", Rsa(512, [1, 0, 1]) },
    };

    [Theory]
    [MemberData(nameof(NoKeys))]
    public void What_is_no_key_of_a_TPM_is_refused(string what, string pem) => Assert.False(KeyPem.TryReadArea(pem, Ak, out _), what);

    [Fact]
    public void A_point_on_another_curve_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp256k1"));
        Assert.False(KeyPem.TryReadArea(key.ExportSubjectPublicKeyInfoPem(), Ak, out _));
    }

    [Fact]
    public void Every_truncation_and_flip_of_the_DER_is_read_or_refused()
    {
        using var rsa = RSA.Create(1024);
        using var ecc = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var der in (byte[][])[rsa.ExportSubjectPublicKeyInfo(), ecc.ExportSubjectPublicKeyInfo()])
        {
            Assert.All(Enumerable.Range(0, der.Length), length => Assert.False(KeyPem.TryReadArea(PemEncoding.WriteString("PUBLIC KEY", der.AsSpan(0, length)), Ak, out _)));
            for (var i = 0; i < der.Length; i++)
            {
                var flipped = (byte[])der.Clone();
                flipped[i] ^= 0xFF;
                _ = KeyPem.TryReadArea(PemEncoding.WriteString("PUBLIC KEY", flipped), Ak, out _);
            }
        }
    }

    private static string Rsa(int bits, byte[] exponent)
    {
        var modulus = Enumerable.Repeat((byte)0xFF, bits / 8).ToArray();
        var key = new AsnWriter(AsnEncodingRules.DER);
        using (key.PushSequence())
        {
            key.WriteIntegerUnsigned(modulus);
            key.WriteIntegerUnsigned(exponent);
        }
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            using (info.PushSequence())
            {
                info.WriteObjectIdentifier("1.2.840.113549.1.1.1");
                info.WriteNull();
            }
            info.WriteBitString(key.Encode());
        }
        return PemEncoding.WriteString("PUBLIC KEY", info.Encode());
    }
}
