using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Vectors.Judges;

/// <summary>Attestation keys of the tree: TPM2B_PUBLIC where the key has one, PEM of keys in software.</summary>
internal static class KeyFiles
{
    /// <summary>The key in a folder by its usual names.</summary>
    public static AttestationKey Read(VectorTree tree, string folder) => Read(tree, folder, "ak.tpm2b_public", "ak.pem");

    /// <summary>The key that a record names: files beside it, or the PEM text itself; by the usual names when it names none.</summary>
    public static AttestationKey Read(VectorTree tree, string folder, JsonElement record)
    {
        if (record.FindText("ak_pem") is { } pem && pem.Contains("-----BEGIN", StringComparison.Ordinal)) return Create(AreaOf(pem), "ak_pem");
        return Read(tree, folder, record.FindText("ak_tpm2b_public") ?? "ak.tpm2b_public", record.FindText("ak_pem") ?? "ak.pem");
    }

    public static PublicArea ReadArea(VectorTree tree, string path) =>
        PublicArea.TryParseSized(tree.Read(path), out var area, out var error) ? area : throw new VectorFormatException($"{path} is not a TPM2B_PUBLIC: {error}");

    /// <summary>Keys in software have no public area of their own.</summary>
    public static PublicArea AreaOf(string pem) => KeyPem.TryReadArea(pem, ObjectAttributes.AttestationKey, out var area)
        ? area
        : throw new VectorFormatException("a key is not the PEM of an RSA key or of one on P-256, P-384 or P-521");

    /// <summary>DER of the public half of a key, or of a certificate's; null when it is neither.</summary>
    public static byte[]? PublicHalf(byte[] file)
    {
        var text = Encoding.Latin1.GetString(file);
        if (KeyPem.TryImport(text, RSA.Create, out var rsa))
            using (rsa) return rsa.ExportSubjectPublicKeyInfo();
        if (KeyPem.TryImport(text, ECDsa.Create, out var ecdsa))
            using (ecdsa) return ecdsa.ExportSubjectPublicKeyInfo();
        try
        {
            return Attestation.Endorsements.Certificate.TryParse(file, out var certificate) ? certificate.ExportSubjectPublicKeyInfo() : null;
        }
        catch (CryptographicException)
        {
            return null; // A certificate whose key cannot be read.
        }
    }

    private static AttestationKey Read(VectorTree tree, string folder, string area, string pem) => tree.Exists(tree.Near(folder, area))
        ? Create(ReadArea(tree, tree.Near(folder, area)), $"{folder}/{area}")
        : Create(AreaOf(tree.ReadText(tree.Near(folder, pem))), $"{folder}/{pem}");

    private static AttestationKey Create(PublicArea area, string name) =>
        AttestationKey.TryCreate(area, out var key) ? key : throw new VectorFormatException($"{name} is a key of a kind that cannot be used here");
}
