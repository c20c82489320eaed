using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation.Endorsements;

/// <summary>The key that a certificate is of. The numbers count: makers mark RSA keys of TPMs as plain ones, or as ones for OAEP or PSS only.</summary>
public static class CertifiedKey
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string RsaesOaep = "1.2.840.113549.1.1.7";
    private const string RsassaPss = "1.2.840.113549.1.1.10";

    /// <summary>Whether the certificate is of this key. False, too, for a key that this machine cannot read: nothing can be said to equal it.</summary>
    public static bool Matches(X509Certificate2 certificate, PublicArea key) =>
        TryExport(certificate) is { } certified && certified.AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());

    /// <summary>Whether two certificates are of one key, which this machine can read.</summary>
    internal static bool AreSame(X509Certificate2 one, X509Certificate2 other) =>
        TryExport(one) is { } first && TryExport(other) is { } second && first.AsSpan().SequenceEqual(second);

    /// <summary>DER of the SubjectPublicKeyInfo in the form that .NET writes; RSA keys without parameters, or marked for one scheme, become plain ones.</summary>
    /// <exception cref="CryptographicException">The key cannot be read.</exception>
    internal static byte[] ExportSubjectPublicKeyInfo(X509Certificate2 certificate)
    {
        var key = certificate.PublicKey;
        if (key.Oid.Value is not (RsaEncryption or RsaesOaep or RsassaPss)) return key.ExportSubjectPublicKeyInfo();
        using var rsa = RSA.Create();
        rsa.ImportRSAPublicKey(key.EncodedKeyValue.RawData, out _);
        return rsa.ExportSubjectPublicKeyInfo();
    }

    private static byte[]? TryExport(X509Certificate2 certificate)
    {
        try
        {
            return ExportSubjectPublicKeyInfo(certificate);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return null;
        }
    }
}
