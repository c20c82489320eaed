using System.Formats.Asn1;
using System.Security.Cryptography;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;

namespace Keylime.Attestation.Endorsements;

/// <summary>The signature of an issuer over a certificate: RSA PKCS#1 v1.5, RSA-PSS with a salt of any length, and ECDSA.</summary>
/// <remarks>SHA-1 is accepted: makers' certificates of TPMs that are still in use carry it.</remarks>
internal static class CertificateSignature
{
    private const string RsassaPss = "1.2.840.113549.1.1.10";

    public static bool Verify(Certificate certificate, Certificate issuer)
    {
        var algorithm = certificate.X509.SignatureAlgorithm.Value;
        if (algorithm == RsassaPss) return VerifyPss(certificate, issuer);
        if (HashOf(algorithm) is not { } signed) return false;
        if (!signed.IsEcdsa)
        {
            using var rsa = issuer.X509.PublicKey.GetRSAPublicKey();
            return rsa?.VerifyData(certificate.ToBeSigned.Span, certificate.Signature.Span, signed.Hash, RSASignaturePadding.Pkcs1) ?? false;
        }
        using var ecdsa = issuer.X509.PublicKey.GetECDsaPublicKey();
        return ecdsa?.VerifyData(certificate.ToBeSigned.Span, certificate.Signature.Span, signed.Hash, DSASignatureFormat.Rfc3279DerSequence) ?? false;
    }

    private static bool VerifyPss(Certificate certificate, Certificate issuer)
    {
        var outer = new AsnReader(certificate.X509.RawDataMemory, AsnEncodingRules.BER).ReadSequence();
        outer.ReadEncodedValue();
        var algorithm = outer.ReadSequence();
        algorithm.ReadObjectIdentifier();
        if (PssHash(algorithm) is not { } hash) return false;
        using var rsa = issuer.X509.PublicKey.GetRSAPublicKey();
        return rsa is not null && RsaPss.Verify(rsa.ExportParameters(includePrivateParameters: false), hash, certificate.ToBeSigned.Span, certificate.Signature.Span);
    }

    /// <summary>Hash of RSASSA-PSS-params; SHA-1 when left out (RFC 4055).</summary>
    private static TpmAlgorithm? PssHash(AsnReader algorithm)
    {
        if (!algorithm.HasData) return TpmAlgorithm.Sha1;
        var parameters = algorithm.ReadSequence();
        var hashTag = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(hashTag)) return TpmAlgorithm.Sha1;
        return parameters.ReadSequence(hashTag).ReadSequence().ReadObjectIdentifier() switch
        {
            "1.3.14.3.2.26" => TpmAlgorithm.Sha1,
            "2.16.840.1.101.3.4.2.1" => TpmAlgorithm.Sha256,
            "2.16.840.1.101.3.4.2.2" => TpmAlgorithm.Sha384,
            "2.16.840.1.101.3.4.2.3" => TpmAlgorithm.Sha512,
            _ => null,
        };
    }

    private static (HashAlgorithmName Hash, bool IsEcdsa)? HashOf(string? algorithm) => algorithm switch
    {
        "1.2.840.113549.1.1.5" => (HashAlgorithmName.SHA1, false),
        "1.2.840.113549.1.1.11" => (HashAlgorithmName.SHA256, false),
        "1.2.840.113549.1.1.12" => (HashAlgorithmName.SHA384, false),
        "1.2.840.113549.1.1.13" => (HashAlgorithmName.SHA512, false),
        "1.2.840.10045.4.1" => (HashAlgorithmName.SHA1, true),
        "1.2.840.10045.4.3.2" => (HashAlgorithmName.SHA256, true),
        "1.2.840.10045.4.3.3" => (HashAlgorithmName.SHA384, true),
        "1.2.840.10045.4.3.4" => (HashAlgorithmName.SHA512, true),
        _ => null,
    };
}
