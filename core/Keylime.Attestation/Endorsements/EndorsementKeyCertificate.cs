using System.Security.Cryptography.X509Certificates;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Endorsements;

/// <summary>The manufacturer's word that an endorsement key lives in a genuine TPM.</summary>
/// <remarks>TCG EK Credential Profile for TPM Family 2.0, section 3.</remarks>
public static class EndorsementKeyCertificate
{
    private const string TcgKpEkCertificate = "2.23.133.8.1";
    private const string AnyExtendedKeyUsage = "2.5.29.37.0";

    /// <summary>Checks that the certificate is of this key, may be used as an EK certificate, and leads to a trusted one.</summary>
    /// <param name="certificate">The EK certificate.</param>
    /// <param name="endorsementKey">The key that the agent registered.</param>
    /// <param name="trusted">The operator's store.</param>
    /// <param name="intermediates">Certificates that the agent delivered along.</param>
    /// <param name="at">Time of the check.</param>
    public static EndorsementResult Verify(Certificate certificate, PublicArea endorsementKey,
        IReadOnlyCollection<Certificate> trusted, IReadOnlyCollection<Certificate> intermediates, DateTimeOffset at)
    {
        if (!CertifiedKey.Matches(certificate.X509, endorsementKey)) return new(EndorsementFault.KeyMismatch, certificate.X509.Issuer);
        return VerifyChain(certificate, trusted, intermediates, at);
    }

    /// <summary>As <see cref="Verify"/>, without a key to compare with.</summary>
    public static EndorsementResult VerifyChain(
        Certificate certificate, IReadOnlyCollection<Certificate> trusted, IReadOnlyCollection<Certificate> intermediates, DateTimeOffset at) =>
        MayEndorse(certificate) ? CertificateChain.Verify(certificate, trusted, intermediates, at) : new(EndorsementFault.WrongUsage, certificate.X509.Issuer);

    /// <summary>An EK decrypts or agrees on keys; it signs nothing and is no CA. The extensions may be left out, but must not say otherwise.</summary>
    private static bool MayEndorse(Certificate certificate)
    {
        const X509KeyUsageFlags ofAnEk = X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.KeyAgreement;
        return certificate.IsAuthority is not true
            && (certificate.KeyUsages is not { } usages || (usages & ofAnEk) != 0)
            && (certificate.ExtendedKeyUsages is not { } extended || extended.Contains(TcgKpEkCertificate) || extended.Contains(AnyExtendedKeyUsage));
    }
}
