using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>Which keys the certificate authority makes.</summary>
public abstract record KeyKind
{
    private KeyKind() { }

    /// <summary>ECDSA on P-256: small, quick, known to every Keylime. The default.</summary>
    public static KeyKind P256 { get; } = new Elliptic(ECCurve.NamedCurves.nistP256);

    public static KeyKind P384 { get; } = new Elliptic(ECCurve.NamedCurves.nistP384);

    public static KeyKind Rsa(int bits) =>
        bits is >= 2048 and <= 8192 ? new RsaKind(bits) : throw new ConfigurationException($"RSA keys have 2048 to 8192 bits, not {bits}");

    /// <summary>Reads <c>ec</c>, <c>p256</c>, <c>p384</c>, <c>rsa</c> (2048 bits) or <c>rsa3072</c>.</summary>
    public static KeyKind Parse(string text) => text.ToLowerInvariant() switch
    {
        "ec" or "p256" => P256,
        "p384" => P384,
        "rsa" => Rsa(2048),
        ['r', 's', 'a', .. var bits] when int.TryParse(bits, out var number) => Rsa(number),
        _ => throw new ConfigurationException($"'{text}' is not a kind of key: p256, p384, rsa2048, rsa3072 or rsa4096"),
    };

    internal abstract AsymmetricAlgorithm CreateKey();

    internal static CertificateRequest Request(X500DistinguishedName subject, AsymmetricAlgorithm key) => key switch
    {
        ECDsa ec => new(subject, ec, HashOf(ec)),
        RSA rsa => new(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        _ => throw new ArgumentException("neither RSA nor ECDSA", nameof(key)),
    };

    /// <summary>The hash that a key of this kind signs with.</summary>
    internal static HashAlgorithmName HashOf(AsymmetricAlgorithm key) =>
        key is ECDsa { KeySize: > 256 } ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    private sealed record Elliptic(ECCurve Curve) : KeyKind
    {
        internal override AsymmetricAlgorithm CreateKey() => ECDsa.Create(Curve);
    }

    private sealed record RsaKind(int Bits) : KeyKind
    {
        internal override AsymmetricAlgorithm CreateKey() => RSA.Create(Bits);
    }
}
