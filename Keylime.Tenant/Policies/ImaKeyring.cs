using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Keylime.Tenant.Policies;

/// <summary>Public keys that sign files for IMA, in Keylime's JSON: DER in base64 and the kernel's short key ids.</summary>
internal static class ImaKeyring
{
    public static string ReadFiles(IReadOnlyList<string> paths)
    {
        var keys = new JsonArray();
        var ids = new JsonArray();
        foreach (var path in paths)
        {
            var key = ReadKey(path);
            keys.Add(Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
            ids.Add(KeyId(key));
        }
        return new JsonObject { ["meta"] = new JsonObject { ["version"] = 1 }, ["pubkeys"] = keys, ["keyids"] = ids }.ToJsonString();
    }

    private static PublicKey ReadKey(string path)
    {
        var bytes = File.ReadAllBytes(path);
        try
        {
            var text = System.Text.Encoding.ASCII.GetString(bytes);
            if (text.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal))
            {
                using var certificate = X509Certificate2.CreateFromPem(text);
                return certificate.PublicKey;
            }
            if (PemEncoding.TryFind(text, out var fields)) return PublicKey.CreateFromSubjectPublicKeyInfo(Convert.FromBase64String(text[fields.Base64Data]), out _);
            try
            {
                using var certificate = X509CertificateLoader.LoadCertificate(bytes);
                return certificate.PublicKey;
            }
            catch (CryptographicException)
            {
                return PublicKey.CreateFromSubjectPublicKeyInfo(bytes, out _);
            }
        }
        catch (CryptographicException e)
        {
            throw new UserErrorException($"File '{path}' does not have a supported key: {e.Message}", e);
        }
    }

    // The last four bytes of the SHA-1 of the key's bits: SHA-1 is what RFC 5280 and the kernel prescribe for a name, not a protection.
    private static uint KeyId(PublicKey key) => BinaryPrimitives.ReadUInt32BigEndian(SHA1.HashData(key.EncodedKeyValue.RawData).AsSpan(16));
}
