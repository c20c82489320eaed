using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Attestation.Endorsements;

namespace Keylime.Attestation.Tests.Endorsements;

/// <summary>Makes certificates on P-256, valid for a year before and after <see cref="Now"/>.</summary>
internal static class TestCertificates
{
    public static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Certificate Parse(X509Certificate2 certificate) => Certificate.TryParse(certificate.RawData, out var parsed) ? parsed : throw new InvalidDataException();

    /// <summary>A certificate of a new key, signed by the issuer or by itself.</summary>
    public static (X509Certificate2 Certificate, ECDsa Key) Issue(string name, (X509Certificate2 Certificate, ECDsa Key)? issuer, params X509Extension[] extensions)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (Sign(name, key, issuer?.Certificate.Subject[3..] ?? name, issuer?.Key ?? key, extensions), key);
    }

    public static X509Certificate2 Sign(string name, ECDsa key, string issuer, ECDsa issuerKey, params X509Extension[] extensions) =>
        SignFor(name, key, issuer, issuerKey, Now.AddYears(-1), Now.AddYears(1), extensions);

    /// <summary>As <see cref="Sign"/>, with another validity.</summary>
    public static X509Certificate2 SignFor(string name, ECDsa key, string issuer, ECDsa issuerKey, DateTimeOffset from, DateTimeOffset to, params X509Extension[] extensions)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions) request.CertificateExtensions.Add(extension);
        return request.Create(new X500DistinguishedName($"CN={issuer}"), X509SignatureGenerator.CreateForECDsa(issuerKey), from, to, [1, 2, 3]);
    }
}
