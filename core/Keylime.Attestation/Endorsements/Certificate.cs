using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Keylime.Attestation.Endorsements;

/// <summary>An X.509 certificate as TPMs and their makers have them: maybe padded, maybe with an RSA key that is marked for OAEP only.</summary>
public sealed class Certificate : IDisposable
{
    /// <summary>Longest certificate that is read, in bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    private const string CertificatePolicies = "2.5.29.32";

    private readonly IReadOnlyList<string> _policies;

    /// <summary>Reads what .NET decodes late, so that whatever is malformed shows while parsing and not in a check.</summary>
    private Certificate(X509Certificate2 x509, byte[] toBeSigned, byte[] signature)
    {
        (X509, ToBeSigned, Signature) = (x509, toBeSigned, signature);
        (NotBefore, NotAfter) = (x509.NotBefore.ToUniversalTime(), x509.NotAfter.ToUniversalTime());
        var extensions = x509.Extensions;
        IsAuthority = extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault()?.CertificateAuthority;
        PathLength = extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { HasPathLengthConstraint: true } constraints ? constraints.PathLengthConstraint : null;
        KeyUsages = extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages;
        ExtendedKeyUsages = extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault()?.EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value).ToList();
        _policies = extensions[CertificatePolicies] is { } policies ? ReadPolicies(policies.RawData) : [];
    }

    /// <summary>The certificate as .NET sees it.</summary>
    public X509Certificate2 X509 { get; }

    /// <summary>Begin of the validity.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>End of the validity.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Basic constraints: whether it is a CA; null without the extension.</summary>
    public bool? IsAuthority { get; }

    internal int? PathLength { get; }

    /// <summary>Key usage; null without the extension.</summary>
    internal X509KeyUsageFlags? KeyUsages { get; }

    /// <summary>Extended key usage, as OIDs; null without the extension.</summary>
    internal IReadOnlyList<string?>? ExtendedKeyUsages { get; }

    /// <summary>DER of the TBSCertificate, which the issuer signed.</summary>
    internal ReadOnlyMemory<byte> ToBeSigned { get; }

    /// <summary>The signature's bits.</summary>
    internal ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Reads DER. Bytes after the certificate are accepted only when all are 0xFF or all zero: TPM NV indices are padded so.</summary>
    /// <remarks>Encoded by BER rules where DER asks for more (some makers' roots), as long as OpenSSL reads it.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Certificate? certificate)
    {
        certificate = null;
        if (source.Length > MaxBytes) return false;
        try
        {
            if (!TryTrim(source, out var der)) return false;
            var outer = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            var toBeSigned = outer.ReadEncodedValue().ToArray();
            var algorithm = outer.ReadEncodedValue();
            var signature = outer.ReadBitString(out var unusedBits);
            if (unusedBits != 0 || outer.HasData || !algorithm.Span.SequenceEqual(ReadSignedAlgorithm(toBeSigned))) return false;
            certificate = new(X509CertificateLoader.LoadCertificate(der), toBeSigned, signature);
            return true;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Reads the first certificate of a PEM text, or base64 DER.</summary>
    public static bool TryParseText(string text, [NotNullWhen(true)] out Certificate? certificate)
    {
        certificate = null;
        if (PemEncoding.TryFind(text, out var pem))
            return text.AsSpan()[pem.Label] is "CERTIFICATE" && TryParse(Convert.FromBase64String(text[pem.Base64Data]), out certificate);
        var der = new byte[text.Length];
        return Convert.TryFromBase64String(text, der, out var length) && TryParse(der.AsSpan(0, length), out certificate);
    }

    /// <summary>Reads every certificate of a file in DER or PEM; false when one of them cannot be read. Text without any holds none.</summary>
    public static bool TryParseAll(ReadOnlySpan<byte> file, [NotNullWhen(true)] out IReadOnlyList<Certificate>? certificates)
    {
        var read = new List<Certificate>();
        certificates = null;
        if (file is [0x30, ..])
        {
            if (!TryParse(file, out var only)) return false;
            certificates = [only];
            return true;
        }
        var text = Encoding.Latin1.GetString(file);
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var pem); rest = rest[pem.Location.End..])
        {
            if (rest[pem.Label] is not "CERTIFICATE") continue;
            if (!TryParse(Convert.FromBase64String(rest[pem.Base64Data].ToString()), out var certificate)) return false;
            read.Add(certificate);
        }
        certificates = read;
        return true;
    }

    /// <summary>DER of the SubjectPublicKeyInfo in the form that .NET writes, so that keys can be compared; see <see cref="CertifiedKey"/>.</summary>
    /// <exception cref="CryptographicException">The key cannot be read.</exception>
    public byte[] ExportSubjectPublicKeyInfo() => CertifiedKey.ExportSubjectPublicKeyInfo(X509);

    /// <summary>Whether the issuer states this of the key: as a policy of the certificate, or as an extended usage.</summary>
    internal bool Claims(string oid) => _policies.Contains(oid) || ExtendedKeyUsages?.Contains(oid) is true;

    /// <summary>Whether the holder of <paramref name="issuer"/>'s key signed this certificate.</summary>
    internal bool IsSignedBy(Certificate issuer)
    {
        try
        {
            return CertificateSignature.Verify(this, issuer);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or PlatformNotSupportedException)
        {
            return false; // A key or signature that cannot be read, or a curve that this machine does not know, vouches for nothing.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => X509.Dispose();

    /// <summary>The signature algorithm inside the TBSCertificate. The one outside is not signed, so the two must agree (RFC 5280, 4.1.1.2).</summary>
    private static ReadOnlySpan<byte> ReadSignedAlgorithm(byte[] toBeSigned)
    {
        var fields = new AsnReader(toBeSigned, AsnEncodingRules.BER).ReadSequence();
        var version = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (fields.PeekTag() == version) fields.ReadEncodedValue();
        fields.ReadInteger();
        return fields.ReadEncodedValue().Span;
    }

    /// <summary>The policies' names, without their qualifiers (RFC 5280, 4.2.1.4).</summary>
    private static List<string> ReadPolicies(ReadOnlyMemory<byte> extension)
    {
        var policies = new List<string>();
        var list = new AsnReader(extension, AsnEncodingRules.BER).ReadSequence();
        while (list.HasData) policies.Add(list.ReadSequence().ReadObjectIdentifier());
        return policies;
    }

    private static bool TryTrim(ReadOnlySpan<byte> source, out byte[] der)
    {
        der = [];
        if (!AsnDecoder.TryReadEncodedValue(source, AsnEncodingRules.BER, out var tag, out _, out _, out var length) || tag != Asn1Tag.Sequence) return false;
        var rest = source[length..];
        if (rest.IndexOfAnyExcept((byte)0xFF) >= 0 && rest.IndexOfAnyExcept((byte)0) >= 0) return false;
        der = source[..length].ToArray();
        return true;
    }
}
