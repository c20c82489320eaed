using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.ServiceDefaults.Tests.Tls;

/// <summary>A certificate authority in memory.</summary>
internal sealed class Authority : IDisposable
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create(
        new X500DistinguishedName("CN=Test"), ECDsa.Create(ECCurve.NamedCurves.nistP256), TimeSpan.FromDays(30), TimeProvider.System.GetUtcNow());

    public CertificateTrust Trust => CertificateTrust.In([_authority.Certificate]);

    public TlsIdentity Server() => Issue(CertificateProfile.Server("server", []));

    public TlsIdentity Client(string name = "client") => Issue(CertificateProfile.Client(name));

    public TlsIdentity Gateway() => Issue(CertificateProfile.Gateway([]));

    /// <summary>An identity whose certificate ended an hour ago.</summary>
    public TlsIdentity ExpiredClient() => Issue(CertificateProfile.Client("late"), TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2), TimeSpan.FromHours(1));

    public TlsIdentity Issue(CertificateProfile profile) => Issue(profile, TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));

    public void Dispose() => _authority.Dispose();

    private TlsIdentity Issue(CertificateProfile profile, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = _authority.Issue(profile, key, lifetime, now);
        return TlsIdentity.From(certificate.CopyWithPrivateKey(key));
    }
}
