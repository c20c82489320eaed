using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Tls;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Verifier.Tests;

/// <summary>Keys and certificates that are good, of nobody.</summary>
internal static class Samples
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static string AkTpm { get; } = Convert.ToBase64String(new PublicArea
    {
        NameAlgorithm = TpmAlgorithm.Sha256,
        Attributes = ObjectAttributes.AttestationKey,
        Scheme = new(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256),
        Ecc = EccPublic.FromParameters(TpmEccCurve.NistP256, Key.ExportParameters(false)),
    }.ToSizedBytes());

    public static string Certificate { get; } = SelfSigned("CN=somebody").ExportCertificatePem();

    public static string RsaKey { get; } = RSA.Create(2048).ExportPkcs8PrivateKeyPem();

    /// <summary>A client certificate of an authority that nobody trusts.</summary>
    public static TlsIdentity Foreigner { get; } = TlsIdentity.From(SelfSigned("CN=admin"));

    private static X509Certificate2 SelfSigned(string subject)
    {
        var request = new CertificateRequest(subject, Key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.2")], critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
