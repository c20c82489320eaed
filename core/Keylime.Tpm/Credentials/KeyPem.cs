using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Keylime.Tpm.Structures;

namespace Keylime.Tpm.Credentials;

/// <summary>Keys in PEM: those of software, and those of TPMs that travelled without their public area.</summary>
public static class KeyPem
{
    /// <summary>Reads a public or private key of one kind; false when the text holds none that this machine knows. The caller disposes of it.</summary>
    /// <param name="pem">The text.</param>
    /// <param name="create">Makes an empty key of the kind, such as <see cref="RSA.Create()"/>.</param>
    /// <param name="key">The key.</param>
    public static bool TryImport<T>(string pem, Func<T> create, [NotNullWhen(true)] out T? key) where T : AsymmetricAlgorithm
    {
        key = create();
        try
        {
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            key.Dispose();
            key = null;
            return false;
        }
    }

    /// <summary>Reads a public key (<c>BEGIN PUBLIC KEY</c>: SubjectPublicKeyInfo) as a public area, by the rules for areas that TPMs send; false when it is no RSA
    /// key and not on P-256, P-384 or P-521.</summary>
    /// <param name="pem">The text.</param>
    /// <param name="attributes">What the key is taken for: PEM has nothing but the numbers.</param>
    /// <param name="area">The area. Its name is not that of a key in a TPM.</param>
    public static bool TryReadArea(string pem, ObjectAttributes attributes, [NotNullWhen(true)] out PublicArea? area)
    {
        area = null;
        if (!PemEncoding.TryFind(pem, out var fields) || pem.AsSpan()[fields.Label] is not "PUBLIC KEY") return false;
        var empty = new PublicArea { NameAlgorithm = TpmAlgorithm.Sha256, Attributes = attributes };
        if (TryImport(pem, RSA.Create, out var rsa))
            using (rsa) area = ReadRsa(rsa.ExportParameters(includePrivateParameters: false), empty);
        else if (TryImport(pem, ECDsa.Create, out var ecdsa))
            using (ecdsa) area = ReadEcc(ecdsa.ExportParameters(includePrivateParameters: false), empty);
        // What a TPM could not have sent is no key of one: an even exponent, a modulus of an odd size.
        return area is not null && PublicArea.TryParse(area.ToBytes(), out area, out _);
    }

    private static PublicArea? ReadRsa(RSAParameters parameters, PublicArea empty) =>
        parameters is { Modulus.Length: <= RsaPublic.MaxKeyBits / 8, Exponent.Length: <= sizeof(uint) } ? empty with { Rsa = RsaPublic.FromParameters(parameters) } : null;

    private static PublicArea? ReadEcc(ECParameters parameters, PublicArea empty) => CurveOf(parameters) is { } curve ? empty with { Ecc = EccPublic.FromParameters(curve, parameters) } : null;

    private static TpmEccCurve? CurveOf(ECParameters parameters) => parameters.Curve.Oid.Value switch
    {
        "1.2.840.10045.3.1.7" => TpmEccCurve.NistP256,
        "1.3.132.0.34" => TpmEccCurve.NistP384,
        "1.3.132.0.35" => TpmEccCurve.NistP521,
        _ => null,
    };
}
