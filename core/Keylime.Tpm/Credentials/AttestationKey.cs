using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>The public half of an attestation key, made once per agent and kept: importing a key costs more than using it.</summary>
/// <remarks>Use it from one thread at a time.</remarks>
public sealed class AttestationKey : IDisposable
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;
    private readonly KeyScheme _scheme;
    private readonly int _signatureBytes;

    private AttestationKey(PublicArea area)
    {
        _scheme = area.Scheme;
        KindName = area.KindName;
        if (area.Rsa is { } rsa)
        {
            _rsa = RSA.Create(rsa.ToParameters());
            _signatureBytes = rsa.Modulus.Length;
        }
        else if (area.Ecc is { } ecc)
        {
            _ecdsa = ECDsa.Create(ecc.ToParameters());
            _signatureBytes = ecc.CoordinateBytes;
        }
    }

    /// <summary>Keylime's name of the kind of key: <c>rsa2048</c>, <c>ecc521</c>.</summary>
    public string KindName { get; }

    /// <summary>Makes the key; false when it cannot sign or the platform does not support it.</summary>
    public static bool TryCreate(PublicArea area, [NotNullWhen(true)] out AttestationKey? key)
    {
        key = null;
        if (!area.Attributes.HasFlag(ObjectAttributes.Sign)) return false;
        try
        {
            key = new(area);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // The area was parsed, so the key is a plausible one; this is a size or a curve that this machine refuses.
        }
        return key is not null;
    }

    /// <summary>True when this key signed <paramref name="message"/> with the signature's scheme and hash.</summary>
    /// <remarks>A key that is bound to a scheme verifies that scheme and its hash only: whoever relabels a signature, for instance to
    /// a broken hash, must not be believed.</remarks>
    public bool Verify(Signature signature, ReadOnlySpan<byte> message)
    {
        if (_scheme.Algorithm != TpmAlgorithm.Null && _scheme != new KeyScheme(signature.Algorithm, signature.Hash)) return false;
        if (!signature.Hash.IsHash()) return false;
        try
        {
            return VerifyByScheme(signature, message);
        }
        catch (CryptographicException)
        {
            return false; // Numbers that could be taken in, but that the platform cannot compute with.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rsa?.Dispose();
        _ecdsa?.Dispose();
    }

    private bool VerifyByScheme(Signature signature, ReadOnlySpan<byte> message) => signature.Algorithm switch
    {
        TpmAlgorithm.RsaSsa => VerifyRsa(signature, message, RSASignaturePadding.Pkcs1),
        // .NET takes a salt as long as the digest, as TPMs of today make it; older ones make it as long as they can.
        TpmAlgorithm.RsaPss => VerifyRsa(signature, message, RSASignaturePadding.Pss) || VerifyPssOfAnySalt(signature, message),
        TpmAlgorithm.Ecdsa => VerifyEcdsa(signature, message),
        _ => false,
    };

    private bool VerifyRsa(Signature signature, ReadOnlySpan<byte> message, RSASignaturePadding padding) =>
        _rsa is not null
        && signature.Rsa.Length == _signatureBytes
        && _rsa.VerifyData(message, signature.Rsa.Span, signature.Hash.ToHashAlgorithmName(), padding);

    private bool VerifyPssOfAnySalt(Signature signature, ReadOnlySpan<byte> message) =>
        _rsa is not null && RsaPss.Verify(_rsa.ExportParameters(includePrivateParameters: false), signature.Hash, message, signature.Rsa.Span);

    private bool VerifyEcdsa(Signature signature, ReadOnlySpan<byte> message)
    {
        if (_ecdsa is null) return false;
        // The group order is as long as the prime on every NIST curve, so r and s have the length of a coordinate.
        Span<byte> fixedWidth = stackalloc byte[2 * EccPublic.MaxCoordinateBytes];
        fixedWidth = fixedWidth[..(2 * _signatureBytes)];
        fixedWidth.Clear();
        return TryCopyNumber(signature.R.Span, fixedWidth[.._signatureBytes])
            && TryCopyNumber(signature.S.Span, fixedWidth[_signatureBytes..])
            && _ecdsa.VerifyData(message, fixedWidth, signature.Hash.ToHashAlgorithmName(),
                DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static bool TryCopyNumber(ReadOnlySpan<byte> number, Span<byte> destination)
    {
        number = number.TrimStart((byte)0);
        if (number.Length > destination.Length) return false;
        number.CopyTo(destination[^number.Length..]);
        return true;
    }
}
