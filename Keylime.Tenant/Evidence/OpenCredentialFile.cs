using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence credential open</c>: what a TPM does with a credential, with an endorsement key whose private half is in a file.</summary>
internal static class OpenCredentialFile
{
    public static EvidenceVerb Create()
    {
        var keys = new CredentialKeys();
        var privateKey = new Option<string>("--ek-private") { Description = "Private half of the endorsement key, PEM", HelpName = "FILE", Required = true };
        var credential = new Option<string>("--credential") { Description = "Credential, binary or base64", HelpName = "FILE", Required = true };
        var command = new Command("open", "Decrypt a credential in software and show its secret");
        keys.AddTo(command);
        command.Options.Add(privateKey);
        command.Options.Add(credential);
        return new(command, arguments =>
        {
            var ek = KeyFile.ReadArea(arguments.GetValue(keys.Ek)!);
            var name = keys.ReadName(arguments);
            if (!CredentialBlob.TryParse(InputFile.ReadBinary(arguments.GetValue(credential)!), out var blob, out var error))
                return Reject($"the credential is malformed: {error}");
            return Open(ek, arguments.GetValue(privateKey)!, name, blob) is { } secret
                ? EvidenceResult.JudgeFault(null, new JsonObject { ["secret"] = Convert.ToHexStringLower(secret) })
                : Reject("it was made for other keys, or changed");
        });
    }

    private static byte[]? Open(PublicArea ek, string path, byte[] akName, CredentialBlob blob)
    {
        try
        {
            if (ek.Rsa is not null)
            {
                using var rsa = KeyFile.ReadPem(path, RSA.Create, "an RSA private key");
                RequireHalfOf(ek, rsa.ExportSubjectPublicKeyInfo(), path);
                return ActivateCredential.WithRsa(ek, rsa, akName, blob);
            }
            using var ecc = KeyFile.ReadPem(path, ECDiffieHellman.Create, "an EC private key");
            RequireHalfOf(ek, ecc.ExportSubjectPublicKeyInfo(), path);
            return ActivateCredential.WithEcc(ek, ecc, akName, blob);
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            throw new UserErrorException($"{path}: is not the private half of the endorsement key: {e.Message}", e);
        }
    }

    private static void RequireHalfOf(PublicArea ek, byte[] publicKey, string path)
    {
        if (!publicKey.AsSpan().SequenceEqual(ek.ExportSubjectPublicKeyInfo())) throw new UserErrorException($"{path}: is not the private half of the endorsement key");
    }

    private static EvidenceResult Reject(string detail) => EvidenceResult.JudgeFault(new JsonObject { ["detail"] = detail }, []);
}
