using System.Security.Cryptography;
using System.Text;
using Keylime.Attestation.Ima;

namespace Keylime.Attestation.Tests.Ima;

public sealed class ImaKeyTests
{
    [Fact]
    public void A_key_on_a_curve_that_nobody_knows_is_no_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = key.ExportSubjectPublicKeyInfo();
        Assert.Equal(ImaKeyKind.Usable, ImaKey.Read(der, out _));
        // The name of P-256 becomes that of no curve.
        der[der.AsSpan().IndexOf<byte>([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) + 7] = 0x7F;
        Assert.Equal(ImaKeyKind.None, ImaKey.Read(der, out var unknown));
        Assert.Null(unknown);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Reads_a_public_key_in_PEM(string lineEnd)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var pem = Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem().ReplaceLineEndings(lineEnd) + lineEnd);
        Assert.Equal(ImaKeyKind.Usable, ImaKey.Read(pem, out var read));
        Assert.Equal(ImaKeyKind.Usable, ImaKey.Read(key.ExportSubjectPublicKeyInfo(), out var same));
        Assert.Equal((same!.Id, Convert.ToHexString(same.SubjectPublicKeyInfo)), (read!.Id, Convert.ToHexString(read.SubjectPublicKeyInfo)));
        for (var length = 0; length < pem.Length - 2 * lineEnd.Length; length++) Assert.NotEqual(ImaKeyKind.Usable, ImaKey.Read(pem.AsSpan(0, length), out _));
    }

    [Fact]
    public void A_key_id_of_zero_is_none()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var der = key.ExportSubjectPublicKeyInfo();
        Assert.True(ImaKeyring.TryParse($$"""{"pubkeys":["{{Convert.ToBase64String(der)}}"],"keyids":[0]}""", out var keyring, out _, out _));
        Assert.Equal(ImaKeyKind.Usable, ImaKey.Read(der, out var computed));
        Assert.Equal([computed!.Id], keyring.KeyIds);
    }
}
