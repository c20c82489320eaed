using System.Security.Cryptography;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary>Public keys of TPMs in files: TPM2B_PUBLIC, binary or base64; or PEM of the key alone, where its attributes are not needed.</summary>
internal static class KeyFile
{
    public static PublicArea ReadArea(string path) =>
        PublicArea.TryParseSized(InputFile.ReadBinary(path), out var area, out var error) ? area : throw new UserErrorException($"{path}: is not a TPM2B_PUBLIC: {error}");

    /// <summary>A key of which only the numbers matter.</summary>
    /// <param name="path">The file.</param>
    /// <param name="attributes">What a key from PEM is taken for.</param>
    public static PublicArea ReadAreaOrPem(string path, ObjectAttributes attributes)
    {
        var text = System.Text.Encoding.Latin1.GetString(InputFile.Read(path));
        if (!PemEncoding.TryFind(text, out _)) return ReadArea(path);
        return KeyPem.TryReadArea(text, attributes, out var area) ? area : throw new UserErrorException($"{path}: is not the PEM of an RSA key or of one on P-256, P-384 or P-521");
    }

    /// <summary>A private or public key in PEM.</summary>
    public static T ReadPem<T>(string path, Func<T> create, string kind) where T : AsymmetricAlgorithm =>
        KeyPem.TryImport(InputFile.ReadText(path), create, out var key) ? key : throw new UserErrorException($"{path}: is not the PEM of {kind}");
}
