using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using Keylime.Protocol;
using Keylime.ServiceDefaults.Configuration;
using Keylime.ServiceDefaults.Tls;

namespace Keylime.Tenant.Payloads;

/// <summary>Keylime's <c>--cert</c> payload: a zip with a certificate of the agent's own, the authority's, and the notifier's that signs revocations.</summary>
internal sealed class CertificatePackage(string folder, CertificateFolderOptions options, TimeProvider time)
{
    private const string Notifier = "RevocationNotifier";

    // One writer of the folder at a time: agents are added side by side.
    private readonly Lock _gate = new();

    /// <summary>Opens the authority's folder, and makes it when it is missing; <c>default</c> is <c>ca</c> in the work folder.</summary>
    public static CertificatePackage Open(string folder, KeylimeSettings settings, TimeProvider time)
    {
        var options = CertificateFolderOptions.Read(settings);
        // Revocations are signed with RSA-PSS on the wire; elliptic keys would serve nobody here.
        if (options.KeyKind == KeyKind.P256) options = options with { KeyKind = KeyKind.Rsa(2048) };
        return new(folder == "default" ? Path.Combine(settings.WorkDirectory, "ca") : folder, options, time);
    }

    public Payload Create(AgentId id, string? include)
    {
        lock (_gate)
        {
            CertificateFolder.CreateClient(folder, id.Value, options, time);
            CertificateFolder.CreateClient(folder, Notifier, options, time);
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(At($"{id}-cert.crt"));
            var serial = new BigInteger(certificate.SerialNumberBytes.Span, isUnsigned: true, isBigEndian: true);
            return Payload.Encrypt(Zip(id, include)) with
            {
                RevocationKey = File.ReadAllText(At($"{Notifier}-private.pem")),
                Metadata = string.Create(CultureInfo.InvariantCulture, $$"""{"cert_serial": {{serial}}, "subject": "CN={{id}}"}"""),
            };
        }
    }

    private byte[] Zip(AgentId id, string? include)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in (string[])[$"{id}-public.pem", $"{id}-cert.crt", $"{id}-private.pem", CertificateFolder.AuthorityCertificate, CertificateFolder.RevocationList, CertificateFolder.RevocationListPem, $"{Notifier}-cert.crt"])
                zip.CreateEntryFromFile(At(name), name, CompressionLevel.NoCompression);
            if (include is not null)
                foreach (var file in Directory.GetFiles(include)) zip.CreateEntryFromFile(file, Path.GetFileName(file), CompressionLevel.NoCompression);
        }
        return stream.ToArray();
    }

    private string At(string name) => Path.Combine(folder, name);
}
