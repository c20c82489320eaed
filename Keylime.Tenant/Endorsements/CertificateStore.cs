using Keylime.Attestation.Endorsements;
using Keylime.Tenant.Evidence;

namespace Keylime.Tenant.Endorsements;

/// <summary>The folder of manufacturers' certificates that EK certificates must lead to. Keylime: <c>tpm_cert_store</c>.</summary>
internal static class CertificateStore
{
    /// <summary>Every certificate of every file in PEM or DER. A file that is none is an error: a store that is half read would refuse good machines.</summary>
    public static IReadOnlyList<Certificate> Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new UserErrorException($"tpm_cert_store {folder} does not exist");
        var certificates = new List<Certificate>();
        foreach (var path in Directory.GetFiles(folder).Where(HoldsCertificates).Order(StringComparer.Ordinal)) certificates.AddRange(ReadFile(path));
        return certificates;
    }

    /// <summary>Every certificate of one file in PEM or DER.</summary>
    public static IReadOnlyList<Certificate> ReadFile(string path) =>
        Certificate.TryParseAll(InputFile.Read(path), out var certificates) ? certificates : throw new UserErrorException($"{path}: not a certificate in PEM or DER");

    private static bool HoldsCertificates(string path) => Path.GetExtension(path).ToLowerInvariant() is ".pem" or ".crt" or ".cer" or ".der";
}
