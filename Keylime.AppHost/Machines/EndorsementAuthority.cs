using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keylime.AppHost.Machines;

/// <summary>The manufacturer of the cluster's software TPMs: swtpm's tools sign endorsement key certificates with its key, and the tenant believes them.</summary>
internal static class EndorsementAuthority
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);

    /// <summary>Makes the authority and the files that <c>swtpm_setup</c> reads. Returns its configuration file.</summary>
    public static string Create(ClusterFolder folder)
    {
        // Ours instead of the one that swtpm_localca would make: no RSA key to wait for, and no lock that the machines queue at.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Keylime developer TPM manufacturer", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddMinutes(-5), now + Lifetime);

        Directory.CreateDirectory(folder.TpmCertificates);
        var issuer = Path.Combine(folder.TpmCertificates, "developer-tpm-manufacturer.pem");
        var signingKey = Path.Combine(folder.TpmAuthority, "signkey.pem");
        File.WriteAllText(issuer, certificate.ExportCertificatePem());
        WritePrivate(signingKey, key.ExportPkcs8PrivateKeyPem());
        var authority = Write("ca.conf", $"statedir = {folder.TpmAuthority}\nsigningkey = {signingKey}\nissuercert = {issuer}\ncertserial = {At("certserial")}\n");
        var options = Write("ca.options", "--platform-manufacturer Keylime\n--platform-version 2.1\n--platform-model swtpm\n");
        return Write("setup.conf", $"create_certs_tool = /usr/bin/swtpm_localca\ncreate_certs_tool_config = {authority}\ncreate_certs_tool_options = {options}\n");

        string At(string name) => Path.Combine(folder.TpmAuthority, name);

        string Write(string name, string text)
        {
            File.WriteAllText(At(name), text);
            return At(name);
        }
    }

    private static void WritePrivate(string path, string text)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        using var writer = new StreamWriter(file);
        writer.Write(text);
    }
}
