using System.Security.Cryptography;
using Keylime.Attestation.Endorsements;
using Keylime.Attestation.Ima;
using Keylime.Attestation.Policies;

namespace Keylime.Attestation.Tests.Ima;

/// <summary>Keys that are well formed and that no platform can use. Agents measure them into key rings, and hand them in as certificates.</summary>
public class HostileKeyTests
{
    private static readonly byte[] Key = CreateKey();

    [Fact]
    public void Takes_no_key_on_an_unknown_curve_and_does_not_throw()
    {
        Assert.False(ImaKeyring.Empty.TryAdd(WithOtherCurve(Key), out _));
        Assert.True(DsseEnvelope.TryParse("""{"payloadType":"application/vnd.keylime+json","payload":"e30=","signatures":[{"sig":"MAYCAQECAQE="}]}"""u8.ToArray(), out var envelope, out _));
        Assert.False(envelope.IsSignedBy(PemEncoding.WriteString("PUBLIC KEY", WithOtherCurve(Key))));
    }

    [Fact]
    public void Bears_every_flip_of_a_key()
    {
        foreach (var bytes in Flips(Key))
            if (ImaKeyring.Empty.TryAdd(bytes, out var keyring)) Assert.Equal(1, keyring.Count);
    }

    [Fact]
    public void Bears_every_flip_of_a_certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=EK", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(99));
        foreach (var bytes in Flips(certificate.RawData))
        {
            if (!Certificate.TryParse(bytes, out var parsed)) continue;
            using (parsed) Assert.False(CertificateChain.Verify(parsed, [parsed], [], DateTimeOffset.UnixEpoch.AddYears(1)).IsGood, Convert.ToHexStringLower(bytes));
        }
    }

    private static IEnumerable<byte[]> Flips(byte[] good)
    {
        for (var i = 0; i < 8 * good.Length; i++)
        {
            var flipped = good.ToArray();
            flipped[i / 8] ^= (byte)(1 << (i % 8));
            yield return flipped;
        }
    }

    /// <summary>The last byte of the curve's object identifier, 1.2.840.10045.3.1.7.</summary>
    private static byte[] WithOtherCurve(byte[] key)
    {
        var other = key.ToArray();
        var at = other.AsSpan().IndexOf<byte>([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]);
        other[at + 7] = 0x7F;
        return other;
    }

    private static byte[] CreateKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfo();
    }
}
