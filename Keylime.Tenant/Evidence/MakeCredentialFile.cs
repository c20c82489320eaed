using System.CommandLine;
using System.Security.Cryptography;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence credential make</c>: a challenge that only the TPM with both keys can answer, as <c>tpm2_makecredential</c> makes it.</summary>
internal static class MakeCredentialFile
{
    public static EvidenceVerb Create()
    {
        var keys = new CredentialKeys();
        var secret = new Option<string>("--secret") { Description = "The secret, as it is; at most as long as the digest of the endorsement key's name", HelpName = "FILE", Required = true };
        var write = OutputFile.CreateOption("Where the credential is written to");
        var command = new Command("make", "Encrypt a secret for the TPM that holds both keys");
        keys.AddTo(command);
        command.Options.Add(secret);
        command.Options.Add(write);
        return new(command, arguments =>
        {
            var ek = KeyFile.ReadArea(arguments.GetValue(keys.Ek)!);
            var text = InputFile.Read(arguments.GetValue(secret)!);
            if (!MakeCredential.Supports(ek, text.Length)) throw new UserErrorException($"{arguments.GetValue(keys.Ek)}: is not an endorsement key for a secret of {text.Length} bytes");
            return EvidenceResult.Make(OutputFile.Write(arguments.GetValue(write)!, Make(ek, keys.ReadName(arguments), text).ToBytes()));
        });
    }

    private static CredentialBlob Make(PublicArea ek, byte[] akName, byte[] secret)
    {
        if (ek.Ecc is { } ecc)
        {
            using var ephemeral = ECDiffieHellman.Create(ecc.ToParameters().Curve);
            return MakeCredential.ForEcc(ek, akName, secret, ephemeral);
        }
        var digestBytes = ek.NameAlgorithm.DigestBytes();
        return MakeCredential.ForRsa(ek, akName, secret, RandomNumberGenerator.GetBytes(digestBytes), RandomNumberGenerator.GetBytes(digestBytes));
    }
}
