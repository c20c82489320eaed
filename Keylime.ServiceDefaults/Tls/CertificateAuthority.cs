using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>A small certificate authority: one self-signed root that signs end-entity certificates directly, as Keylime's.</summary>
public sealed class CertificateAuthority : IDisposable
{
    // Clocks of a fleet differ; a certificate must be valid on a machine that is a little behind.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    private readonly AsymmetricAlgorithm _key;

    internal CertificateAuthority(X509Certificate2 certificate, AsymmetricAlgorithm key) => (Certificate, _key) = (certificate, key);

    /// <summary>The root, without its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes a new root. The authority takes over the key.</summary>
    public static CertificateAuthority Create(X500DistinguishedName subject, AsymmetricAlgorithm key, TimeSpan lifetime, DateTimeOffset now)
    {
        var request = KeyKind.Request(subject, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return new(request.Create(subject, Generator(key), now - ClockSkew, now + lifetime, NewSerial()), key);
    }

    /// <summary>Signs a certificate for a key. It never outlives the root.</summary>
    public X509Certificate2 Issue(CertificateProfile profile, AsymmetricAlgorithm key, TimeSpan lifetime, DateTimeOffset now)
    {
        var request = KeyKind.Request(new X500DistinguishedName($"CN={profile.CommonName}"), key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        // TLS 1.2 suites with RSA key exchange need encipherment; with an elliptic key it has no meaning.
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            key is RSA ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment : X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(profile.Usages, critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (profile.AlternativeNames is { } names) request.CertificateExtensions.Add(names);
        var notAfter = now + lifetime;
        if (notAfter > Certificate.NotAfter) notAfter = Certificate.NotAfter;
        return request.Create(Certificate.SubjectName, Generator(_key), now - ClockSkew < Certificate.NotBefore ? Certificate.NotBefore : now - ClockSkew, notAfter, NewSerial());
    }

    /// <summary>Signs a list on which nothing is revoked, in DER: Keylime's packages carry one.</summary>
    public byte[] CreateRevocationList(TimeSpan lifetime, DateTimeOffset now) => new CertificateRevocationListBuilder().Build(
        Certificate.SubjectName, Generator(_key), BigInteger.One, now + lifetime, KeyKind.HashOf(_key),
        X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false), now - ClockSkew);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private static X509SignatureGenerator Generator(AsymmetricAlgorithm key) => key switch
    {
        RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
        ECDsa ec => X509SignatureGenerator.CreateForECDsa(ec),
        _ => throw new ArgumentException("neither RSA nor ECDSA", nameof(key)),
    };

    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40); // positive and of full length, so that DER needs no padding
        return serial;
    }
}
