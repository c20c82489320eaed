using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.Registrar.Agents;

/// <summary>A certificate as an agent sent it.</summary>
/// <param name="Der">Its bytes, without what followed them.</param>
/// <param name="IsStrict">False when something followed, or a length is not in DER's form: TPM vendors pad certificates in NV memory.</param>
internal sealed record CertificateText(ReadOnlyMemory<byte> Der, bool IsStrict)
{
    /// <summary>Certificates nest some ten levels. A hostile one could nest as many thousands as the request has room for, and end the process.</summary>
    private const int MaxDepth = 32;

    /// <summary>Reads PEM (of a chain, the first certificate) or base64 or hex of DER.</summary>
    public static CertificateText? Parse(string text)
    {
        var bytes = Decode(text);
        if (bytes is null || bytes is not [0x30, ..]) return null;
        try
        {
            // BER takes what DER refuses; the difference is what "malformed" means here.
            AsnDecoder.ReadSequence(bytes, AsnEncodingRules.BER, out _, out _, out var length);
            var der = bytes.AsMemory(0, length);
            using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
            return new(der, length == bytes.Length && IsDer(der.Span, MaxDepth));
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    private static byte[]? Decode(string text)
    {
        if (text.Length > BinaryText.MaxLength) return null;
        if (!text.Contains("-----BEGIN", StringComparison.Ordinal)) return BinaryText.TryDecode(text, out var bytes) ? bytes : null;
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label] is not ("CERTIFICATE" or "X509 CERTIFICATE" or "TRUSTED CERTIFICATE")) continue;
            var der = new byte[fields.DecodedDataLength];
            return Convert.TryFromBase64Chars(rest[fields.Base64Data], der, out var length) && length == der.Length ? der : null;
        }
        return null;
    }

    /// <summary>Whether every length in the structure is definite and minimal, every number minimal, and every truth value FF or 00.</summary>
    private static bool IsDer(ReadOnlySpan<byte> bytes, int depth)
    {
        if (depth == 0) return false;
        while (!bytes.IsEmpty)
        {
            if (!AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.DER, out var tag, out var offset, out var length, out var consumed)) return false;
            var content = bytes.Slice(offset, length);
            if (tag.IsConstructed ? !IsDer(content, depth - 1) : !IsDerValue(tag, content)) return false;
            bytes = bytes[consumed..];
        }
        return true;
    }

    private static bool IsDerValue(Asn1Tag tag, ReadOnlySpan<byte> content)
    {
        if (tag == Asn1Tag.Boolean) return content is [0x00] or [0xFF];
        return tag != Asn1Tag.Integer || content is [_] or [not 0 and not 0xFF, ..] or [0, >= 0x80, ..] or [0xFF, < 0x80, ..];
    }
}
