using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Gateway.Tests;

/// <summary>A folder as Keylime's <c>cv_ca</c> for the gateway, and certificates of its authority and of another for everybody else.</summary>
internal sealed class Certificates : IDisposable
{
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("keylime-gateway-");
    private readonly CertificateAuthority _authority = NewAuthority("Cluster");
    private readonly CertificateAuthority _stranger = NewAuthority("Cluster");

    public Certificates()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_work.FullName, "cv_ca")).FullName;
        File.WriteAllText(Path.Combine(folder, "cacert.crt"), _authority.Certificate.ExportCertificatePem());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = _authority.Issue(CertificateProfile.Gateway([]), key, TimeSpan.FromDays(1), TimeProvider.System.GetUtcNow());
        File.WriteAllText(Path.Combine(folder, "gateway-cert.crt"), certificate.ExportCertificatePem());
        var keyFile = Path.Combine(folder, "gateway-private.pem");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Gateway = TlsIdentity.From(certificate.CopyWithPrivateKey(key));
        Server = Issue(_authority, CertificateProfile.Server("server", []));
        Client = Issue(_authority, CertificateProfile.Client("client"));
    }

    public string WorkDirectory => _work.FullName;

    public CertificateTrust Trust => CertificateTrust.In([_authority.Certificate]);

    public TlsIdentity Gateway { get; }

    public TlsIdentity Server { get; }

    public TlsIdentity Client { get; }

    public TlsIdentity Foreign => Issue(_stranger, CertificateProfile.Client("client"));

    public TlsIdentity ForeignServer => Issue(_stranger, CertificateProfile.Server("server", []));

    public TlsIdentity Expired => Issue(_authority, CertificateProfile.Client("client"), TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(2), TimeSpan.FromHours(1));

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        _work.Delete(recursive: true);
    }

    /// <summary>What a client needs to speak TLS with the gateway as somebody, or as nobody.</summary>
    public SslClientAuthenticationOptions As(TlsIdentity? identity) => new ClientTls(identity, Trust).ToOptions();

    private static TlsIdentity Issue(CertificateAuthority authority, CertificateProfile profile) =>
        Issue(authority, profile, TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));

    private static TlsIdentity Issue(CertificateAuthority authority, CertificateProfile profile, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authority.Issue(profile, key, lifetime, now);
        return TlsIdentity.From(certificate.CopyWithPrivateKey(key));
    }

    private static CertificateAuthority NewAuthority(string name) => CertificateAuthority.Create(
        new X500DistinguishedName($"CN={name}"), ECDsa.Create(ECCurve.NamedCurves.nistP256), TimeSpan.FromDays(30), TimeProvider.System.GetUtcNow());
}
