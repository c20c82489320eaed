using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.Attestation.Ima;

/// <summary>What a measured buffer is, when keys are looked for.</summary>
internal enum ImaKeyKind
{
    /// <summary>No key and no certificate.</summary>
    None,
    /// <summary>A certificate with a key that cannot be used.</summary>
    Unsupported,
    /// <summary>An RSA or elliptic-curve key, or a certificate for one.</summary>
    Usable,
}

/// <summary>A key that signs files: from a measured key ring, or from the policy. May be used by many threads.</summary>
internal sealed class ImaKey
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;
    // The platform's key objects do not promise to be shared; policies are.
    private readonly Lock _gate = new();

    private ImaKey(RSA? rsa, ECDsa? ecdsa, uint? id)
    {
        (_rsa, _ecdsa) = (rsa, ecdsa);
        SubjectPublicKeyInfo = rsa?.ExportSubjectPublicKeyInfo() ?? ecdsa!.ExportSubjectPublicKeyInfo();
        Id = id ?? ComputeId();
    }

    /// <summary>What signatures name the key by.</summary>
    public uint Id { get; }

    /// <summary>The key in DER.</summary>
    public byte[] SubjectPublicKeyInfo { get; }

    /// <summary>Reads a certificate or SubjectPublicKeyInfo, in DER or PEM.</summary>
    public static ImaKeyKind Read(ReadOnlySpan<byte> buffer, out ImaKey? key)
    {
        key = null;
        if (buffer.IsEmpty || !(buffer[0] == 0x30 || buffer.StartsWith("-----BEGIN "u8))) return ImaKeyKind.None;
        if (TryReadPublicKey(buffer, id: null, out key) || TryReadPem(buffer, out key)) return ImaKeyKind.Usable;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(buffer);
            if (!TryReadPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo(), IdOf(certificate), out key)) return ImaKeyKind.Unsupported;
            return ImaKeyKind.Usable;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            return ImaKeyKind.None;
        }
    }

    private static bool TryReadPem(ReadOnlySpan<byte> buffer, [NotNullWhen(true)] out ImaKey? key)
    {
        key = null;
        if (!PemEncoding.TryFindUtf8(buffer, out var pem) || !buffer[pem.Label].SequenceEqual("PUBLIC KEY"u8)) return false;
        var der = new byte[pem.DecodedDataLength];
        return Base64.DecodeFromUtf8(buffer[pem.Base64Data], der, out _, out var length) == OperationStatus.Done && TryReadPublicKey(der.AsSpan(0, length), id: null, out key);
    }

    /// <summary>Reads a DER SubjectPublicKeyInfo.</summary>
    /// <param name="der">The key.</param>
    /// <param name="id">What signatures name it by; null to compute it as the kernel's tools do.</param>
    /// <param name="key">The key.</param>
    public static bool TryReadPublicKey(ReadOnlySpan<byte> der, uint? id, [NotNullWhen(true)] out ImaKey? key)
    {
        key = null;
        try
        {
            if (TryImport(RSA.Create(), der, out var rsa)) key = new(rsa, null, id);
            else if (TryImport(ECDsa.Create(), der, out var ecdsa)) key = new(null, ecdsa, id);
        }
        catch (CryptographicException)
        {
            // Numbers that could be taken in, but are those of no key.
        }
        return key is not null;
    }

    /// <summary>RSA PKCS#1 v1.5, or ECDSA in DER.</summary>
    public bool Verify(HashAlgorithmName hash, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        try
        {
            lock (_gate)
                return _rsa?.VerifyHash(digest, signature, hash, RSASignaturePadding.Pkcs1)
                    ?? _ecdsa!.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false; // A key that the platform cannot compute with signed nothing.
        }
    }

    private static bool TryImport<T>(T algorithm, ReadOnlySpan<byte> der, [NotNullWhen(true)] out T? imported) where T : AsymmetricAlgorithm
    {
        imported = null;
        try
        {
            algorithm.ImportSubjectPublicKeyInfo(der, out var read);
            if (read == der.Length) imported = algorithm;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // Not a key of this kind, or on a curve that this machine does not know: the caller tries the next.
        }
        if (imported is null) algorithm.Dispose();
        return imported is not null;
    }

    private static uint? IdOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes is { Length: >= 4 } id
            ? BinaryPrimitives.ReadUInt32BigEndian(id.Span[^4..])
            : null;

    /// <summary>Last four bytes of SHA-1 over the PKCS#1 key or the uncompressed point: what evmctl calls keyid v2.</summary>
    private uint ComputeId()
    {
        byte[] encoded;
        if (_rsa is not null) encoded = _rsa.ExportRSAPublicKey();
        else
        {
            var point = _ecdsa!.ExportParameters(includePrivateParameters: false).Q;
            encoded = [0x04, .. point.X!, .. point.Y!];
        }
        return BinaryPrimitives.ReadUInt32BigEndian(SHA1.HashData(encoded).AsSpan()[^4..]);
    }
}
