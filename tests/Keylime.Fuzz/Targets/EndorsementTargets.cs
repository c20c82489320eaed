using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keylime.Attestation.Endorsements;
using Keylime.Client;
using Keylime.Fuzz.Engine;
using Keylime.Registrar.Agents;
using Keylime.Tpm;
using Keylime.Tpm.Structures;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>Certificates of endorsement keys, as TPMs hold them and as registrations carry them. The well-formed ones are in the corpus.</summary>
internal static class EndorsementTargets
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly IReadOnlyList<byte[]> Dictionary =
    [
        [0x30, 0x82, 1, 0], [0x30, 0x80], [0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xA0, 3, 2, 1, 2], [6, 3, 0x55, 0x1D, 0x13], [6, 3, 0x55, 0x1D, 0x0F], [6, 3, 0x55, 0x1D, 0x25], [6, 3, 0x55, 0x1D, 0x11], [6, 3, 0x55, 4, 3],
        [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1], [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 7], [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2], [0x17, 13], [0x18, 15],
    ];

    private static readonly PublicArea Key = new() { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = ObjectAttributes.AttestationKey, Rsa = new(2048, 0, (byte[])[0x80, .. new byte[254], 1]) };

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("ek-certificate", RunCertificate, []) { Dictionary = Dictionary, FixedAllocation = 512 * 1024 },
        new("ek-certificate-text", RunText, FuzzTarget.Words("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "MAA="))
            { Dictionary = FuzzTarget.Words("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN X509-----", "=", "MII"), FixedAllocation = 512 * 1024 },
        new("registered-certificate", RunRegistered, FuzzTarget.Words("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "MAA=", "0x3000"))
            { Dictionary = FuzzTarget.Words("-----BEGIN X509 CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "0x", "3080", "0000", "=", "MII"), FixedAllocation = 512 * 1024 },
    ];

    private static int RunCertificate(byte[] input) => Certificate.TryParse(input, out var certificate) ? Judge(certificate) : 0;

    private static int RunText(byte[] input) => Certificate.TryParseText(Encoding.UTF8.GetString(input), out var certificate) ? Judge(certificate) : 0;

    /// <summary>Other places that read the certificates of a registration.</summary>
    private static int RunRegistered(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var isPin = CertificatePin.TryParse(text, out _);
        if (CertificateText.Parse(text) is not { } read) return isPin ? 1 : 0;
        Require(CertificateText.Parse(Convert.ToBase64String(read.Der.Span)) is { } again && again.Der.Span.SequenceEqual(read.Der.Span), "is another certificate after it was written");
        using var certificate = X509CertificateLoader.LoadCertificate(read.Der.Span);
        Require(!CertifiedKey.Matches(certificate, Key), "certifies a key that nobody has");
        return read.IsStrict ? 2 : 3;
    }

    private static int Judge(Certificate certificate)
    {
        using (certificate)
        {
            var alone = EndorsementKeyCertificate.VerifyChain(certificate, [], [certificate], At);
            Require(alone.Fault != EndorsementFault.None, "is believed without anybody trusted");
            Require(!DeviceIdentityCertificate.VerifyChain(certificate, DeviceKey.Iak, [], [certificate], At).IsGood, "is believed as an IAK's without anybody trusted");
            var device = DeviceIdentityCertificate.VerifyChain(certificate, DeviceKey.Iak, [certificate], [], At);
            var itself = EndorsementKeyCertificate.VerifyChain(certificate, [certificate], [], At);
            try
            {
                certificate.ExportSubjectPublicKeyInfo();
            }
            catch (CryptographicException)
            {
                // The documented answer for keys that cannot be read.
            }
            return HashCode.Combine(alone.Fault, itself.Fault, device.Fault);
        }
    }
}
