using System.CommandLine;
using Keylime.Attestation.Endorsements;
using Keylime.Tpm.Structures;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence ek verify</c>: whether a maker that is trusted vouches for an endorsement key.</summary>
internal static class VerifyEndorsement
{
    public static EvidenceVerb Create()
    {
        var file = new Option<string>("--certificate") { Description = "EK certificate: DER (padded as in TPM NV or not), base64 or PEM", HelpName = "FILE", Required = true };
        var key = new Option<string?>("--ek") { Description = "Endorsement key that the certificate must be of: TPM2B_PUBLIC, binary or base64, or PEM", HelpName = "FILE" };
        var by = new CertificateOptions();
        var command = new Command("verify", "Verify the certificate of an endorsement key") { file };
        by.AddTo(command);
        command.Options.Add(key);
        return new(command, arguments =>
        {
            var (trusted, intermediates, at) = (by.ReadTrusted(arguments), by.ReadIntermediates(arguments), by.ReadTime(arguments));
            var ek = arguments.GetValue(key) is { } path ? KeyFile.ReadAreaOrPem(path, ObjectAttributes.Decrypt | ObjectAttributes.Restricted) : null;
            if (!CertificateOptions.TryRead(arguments.GetValue(file)!, out var certificate)) return EvidenceResult.JudgeFault(CertificateOptions.Describe(new EndorsementResult(EndorsementFault.Malformed, "")), []);
            using (certificate)
            {
                var result = ek is null ? EndorsementKeyCertificate.VerifyChain(certificate, trusted, intermediates, at) : EndorsementKeyCertificate.Verify(certificate, ek, trusted, intermediates, at);
                return EvidenceResult.JudgeFault(CertificateOptions.Describe(result), CertificateOptions.Describe(certificate));
            }
        });
    }
}
