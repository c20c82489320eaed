using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>Whom we believe: the holders of certificates under given roots, never under the system's. Revocation is not checked: Keylime publishes no list.</summary>
public sealed class CertificateTrust
{
    private readonly X509Certificate2Collection _roots;

    private CertificateTrust(X509Certificate2Collection roots, bool isUnverified) => (_roots, IsUnverified) = (roots, isUnverified);

    /// <summary>An empty list: no certificate is believed.</summary>
    public static CertificateTrust Nobody { get; } = new([], isUnverified: false);

    /// <summary>Keylime's <c>all</c>: peers are not verified. A client's certificate then names nobody.</summary>
    public static CertificateTrust Unverified { get; } = new([], isUnverified: true);

    public bool IsUnverified { get; }

    public bool IsEmpty => _roots.Count == 0;

    public IReadOnlyList<X509Certificate2> Roots => [.. _roots];

    public static CertificateTrust In(IEnumerable<X509Certificate2> roots) => new([.. roots], isUnverified: false);

    /// <summary>Whether a client's certificate, handed on by the gateway, chains to the roots now. A certificate that lists its uses must list clientAuth.</summary>
    public bool IsTrustedClient(X509Certificate2 certificate)
    {
        if (IsEmpty) return false;
        using var chain = new X509Chain { ChainPolicy = Policy(KeyUsages.ClientAuth) };
        try
        {
            return chain.Build(certificate);
        }
        catch (CryptographicException)
        {
            return false; // Some parts are decoded only here. A key or extension that cannot be read proves nobody.
        }
    }

    internal X509ChainPolicy ClientPolicy() => Policy(KeyUsages.ClientAuth);

    internal X509ChainPolicy ServerPolicy() => Policy(KeyUsages.ServerAuth);

    private X509ChainPolicy Policy(Oid usage)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            // Certificates come from the peer only; nothing is fetched from addresses that it names.
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(_roots);
        policy.ApplicationPolicy.Add(usage);
        return policy;
    }
}
