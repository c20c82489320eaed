using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Keylime.Attestation.Policies;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence policy sign</c>: a runtime policy in a DSSE envelope, as <c>keylime-policy sign runtime</c> makes it.</summary>
internal static class SignPolicy
{
    public static EvidenceVerb Create()
    {
        var file = new Option<string>("--policy") { Description = "Runtime policy", HelpName = "FILE", Required = true };
        var key = new Option<string>("--key") { Description = "Private EC key, PEM", HelpName = "FILE", Required = true };
        var certificate = new Option<string?>("--certificate") { Description = "Certificate of the key, PEM, to go into the envelope (Keylime's x509 backend)", HelpName = "FILE" };
        var write = OutputFile.CreateOption("Where the envelope is written to");
        return new(new Command("sign", "Sign a runtime policy") { file, key, certificate, write }, arguments =>
        {
            var path = arguments.GetValue(file)!;
            var policy = InputFile.Read(path);
            if (!RuntimePolicy.TryCompile(policy, out _, out var fault)) throw new UserErrorException($"{path}: {fault}");
            using var signer = KeyFile.ReadPem(arguments.GetValue(key)!, ECDsa.Create, "an EC private key");
            return EvidenceResult.Make(OutputFile.Write(arguments.GetValue(write)!, Sign(policy, signer, arguments.GetValue(key)!, arguments.GetValue(certificate))));
        });
    }

    private static byte[] Sign(byte[] policy, ECDsa signer, string keyPath, string? certificatePath)
    {
        var identity = $"{signer.ExportSubjectPublicKeyInfoPem()}\n";
        var certificate = certificatePath is null ? null : InputFile.ReadText(certificatePath);
        // Key ids are hints: Keylime writes the hash of the public key's PEM, or the certificate itself.
        var keyId = certificate is null ? Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(identity))) : Convert.ToBase64String(Encoding.UTF8.GetBytes(certificate));
        var envelope = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["payload"] = Convert.ToBase64String(policy),
            ["payloadType"] = DsseEnvelope.PayloadType,
            ["signatures"] = new JsonArray(new JsonObject { ["keyid"] = keyId, ["sig"] = Convert.ToBase64String(SignBytes(signer, policy, keyPath)) }),
        }.ToJsonString());
        // A certificate of another key would make an envelope that nobody can verify.
        if (!DsseEnvelope.TryParse(envelope, out var parsed, out _) || !parsed.IsSignedBy(certificate ?? identity)) throw new UserErrorException($"{certificatePath}: is not the certificate of {keyPath}");
        return envelope;
    }

    private static byte[] SignBytes(ECDsa signer, byte[] policy, string keyPath)
    {
        try
        {
            return signer.SignData(DsseEnvelope.PreAuthenticationEncoding(policy), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException e)
        {
            throw new UserErrorException($"{keyPath}: is not an EC private key", e);
        }
    }
}
