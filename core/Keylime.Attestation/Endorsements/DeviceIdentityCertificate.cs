using System.Security.Cryptography.X509Certificates;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Endorsements;

/// <summary>What a key of a device's maker is for.</summary>
public enum DeviceKey
{
    /// <summary>IDevID: signs for the device.</summary>
    IDevId,
    /// <summary>IAK: attests what is in the device's TPM, and signs nothing else.</summary>
    Iak,
}

/// <summary>The maker's word that a key is in the TPM of one of its devices: the certificate of an IDevID or of an IAK.</summary>
/// <remarks>IEEE 802.1AR, section 8; TCG TPM 2.0 Keys for Device Identity and Attestation, section 8.</remarks>
public static class DeviceIdentityCertificate
{
    private const string VerifiedTpmFixed = "2.23.133.11.1.2";
    private const string VerifiedTpmRestricted = "2.23.133.11.1.3";

    /// <summary>Checks that the certificate is of this key, may be used for such a key, and leads to a trusted one.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="use">What the key is presented as.</param>
    /// <param name="key">The key that the agent registered.</param>
    /// <param name="trusted">The operator's store.</param>
    /// <param name="intermediates">Certificates that the agent delivered along.</param>
    /// <param name="at">Time of the check.</param>
    public static EndorsementResult Verify(Certificate certificate, DeviceKey use, PublicArea key,
        IReadOnlyCollection<Certificate> trusted, IReadOnlyCollection<Certificate> intermediates, DateTimeOffset at) =>
        CertifiedKey.Matches(certificate.X509, key) ? VerifyChain(certificate, use, trusted, intermediates, at) : new(EndorsementFault.KeyMismatch, certificate.X509.Subject);

    /// <summary>As <see cref="Verify"/>, without a key to compare with.</summary>
    public static EndorsementResult VerifyChain(Certificate certificate, DeviceKey use,
        IReadOnlyCollection<Certificate> trusted, IReadOnlyCollection<Certificate> intermediates, DateTimeOffset at) =>
        MayIdentify(certificate, use) ? CertificateChain.Verify(certificate, trusted, intermediates, at) : new(EndorsementFault.WrongUsage, certificate.X509.Subject);

    /// <summary>Checks that an IAK's certificate is not of the IDevID: that key signs whatever it is given, so what it "attests" proves nothing.</summary>
    public static EndorsementResult VerifyDistinct(Certificate iak, Certificate idevid) =>
        CertifiedKey.AreSame(iak.X509, idevid.X509) ? new(EndorsementFault.KeyShared, iak.X509.Subject) : new(EndorsementFault.None, "");

    /// <summary>The keys sign, and are no CA's. The extensions may be left out, but must not say otherwise. Makers set all kinds of extended usages, so they count only
    /// where they tell what the TPM was seen to hold: an IDevID, which signs whatever it is given, must not pass for an IAK.</summary>
    private static bool MayIdentify(Certificate certificate, DeviceKey use) =>
        certificate.IsAuthority is not true
        && (certificate.KeyUsages is not { } usages || (usages & X509KeyUsageFlags.DigitalSignature) != 0)
        && (use == DeviceKey.IDevId || !certificate.Claims(VerifiedTpmFixed) || certificate.Claims(VerifiedTpmRestricted));
}
