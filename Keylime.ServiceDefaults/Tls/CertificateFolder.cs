using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.ServiceDefaults.Tls;

/// <summary>Keylime's <c>cv_ca</c>: one folder with the authority, and the certificates of servers, clients and the gateway.</summary>
public static class CertificateFolder
{
    public const string AuthorityCertificate = "cacert.crt";
    public const string RevocationList = "cacrl.der";
    public const string RevocationListPem = "cacrl.pem";
    private const string AuthorityKey = "ca-private.pem";

    /// <summary>Creates what is missing; what exists stays as it is. Several processes may do it at once: one works, the others wait.</summary>
    /// <returns>The names of the files that were created.</returns>
    public static IReadOnlyList<string> CreateMissing(string directory, CertificateFolderOptions options, TimeProvider time) =>
        Create(directory, options, time, creation => creation.CreateCluster());

    /// <summary>Creates the certificate of one client, and what is missing of the authority and its (empty) revocation list: the folder that agents' packages come from.</summary>
    public static IReadOnlyList<string> CreateClient(string directory, string name, CertificateFolderOptions options, TimeProvider time) =>
        Create(directory, options, time, creation => creation.CreateClient(name));

    private static List<string> Create(string directory, CertificateFolderOptions options, TimeProvider time, Action<Creation> create)
    {
        try
        {
            CertificateFiles.CreateDirectory(directory);
            using var turn = WaitForTurn(Path.Combine(directory, ".lock"));
            var creation = new Creation(directory, options, time.GetUtcNow());
            create(creation);
            return creation.Created;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{directory}: the certificates cannot be created: {e.Message}", e);
        }
    }

    private static FileStream WaitForTurn(string path)
    {
        for (var wait = 1; ; wait = Math.Min(wait * 2, 250))
            try
            {
                // An advisory lock on the file; the system drops it when the process dies.
                return new(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            }
            catch (IOException e) when (e.HResult == LockedByAnother)
            {
                Thread.Sleep(wait);
            }
    }

    // EWOULDBLOCK, as .NET reports a file that another process holds.
    private const int LockedByAnother = 11;

    private sealed class Creation(string directory, CertificateFolderOptions options, DateTimeOffset now)
    {
        public List<string> Created { get; } = [];

        public void CreateCluster()
        {
            // Another authority's folder (an operator's own CA) has no key of ours: we add nothing to it.
            if (File.Exists(At(AuthorityCertificate)) && !File.Exists(At(AuthorityKey))) return;
            using var authority = LoadOrCreateAuthority();
            Issue(authority, "server", CertificateProfile.Server("server", options.AlternativeNames));
            Issue(authority, "client", CertificateProfile.Client("client"));
            Issue(authority, "gateway", CertificateProfile.Gateway(options.AlternativeNames));
        }

        public void CreateClient(string name)
        {
            if (File.Exists(At(AuthorityCertificate)) && !File.Exists(At(AuthorityKey)))
                throw new ConfigurationException($"{At(AuthorityKey)}: missing; a certificate for {name} cannot be signed");
            using var authority = LoadOrCreateAuthority();
            if (!File.Exists(At(RevocationList)))
            {
                var list = authority.CreateRevocationList(options.AuthorityLifetime, now);
                CertificateFiles.WritePublic(At(RevocationListPem), PemEncoding.WriteString("X509 CRL", list) + "\n");
                CertificateFiles.WritePublic(At(RevocationList), list);
            }
            Issue(authority, name, CertificateProfile.Client(name));
        }

        private CertificateAuthority LoadOrCreateAuthority()
        {
            // The key is written first: a key without a certificate is the rest of an interrupted run, and is used up.
            var key = LoadOrCreateKey(AuthorityKey);
            if (File.Exists(At(AuthorityCertificate))) return new(CertificateFiles.ReadCertificates(At(AuthorityCertificate))[0], key);
            var authority = CertificateAuthority.Create(options.AuthorityName, key, options.AuthorityLifetime, now);
            Write(AuthorityCertificate, authority.Certificate.ExportCertificatePem());
            return authority;
        }

        private void Issue(CertificateAuthority authority, string name, CertificateProfile profile)
        {
            if (File.Exists(At($"{name}-cert.crt"))) return;
            using var key = LoadOrCreateKey($"{name}-private.pem");
            if (!File.Exists(At($"{name}-public.pem"))) Write($"{name}-public.pem", key.ExportSubjectPublicKeyInfoPem());
            using var certificate = authority.Issue(profile, key, options.CertificateLifetime, now);
            Write($"{name}-cert.crt", certificate.ExportCertificatePem());
        }

        private AsymmetricAlgorithm LoadOrCreateKey(string name)
        {
            if (File.Exists(At(name))) return PrivateKeys.Read(At(name), "");
            var key = options.KeyKind.CreateKey();
            CertificateFiles.WriteSecret(At(name), key.ExportPkcs8PrivateKeyPem() + "\n");
            Created.Add(name);
            return key;
        }

        private void Write(string name, string pem)
        {
            CertificateFiles.WritePublic(At(name), pem + "\n");
            Created.Add(name);
        }

        private string At(string name) => Path.Combine(directory, name);
    }
}
