using System.CommandLine;
using System.Text.Json.Nodes;
using Keylime.Attestation.Endorsements;

namespace Keylime.Tenant.Evidence;

/// <summary><c>evidence idevid verify</c>: whether a maker that is trusted vouches for a device's keys, and whether its IAK certified an attestation key; the registrar's
/// judgement.</summary>
internal static class VerifyDeviceIdentity
{
    private const string Certificates = "certificate: DER, base64 or PEM";
    private const string Keys = "Key that the certificate must be of: TPM2B_PUBLIC, binary or base64";

    private static readonly Option<string?> IDevIdCertificate = new("--idevid-certificate") { Description = $"IDevID {Certificates}", HelpName = "FILE" };
    private static readonly Option<string?> IDevId = new("--idevid") { Description = Keys, HelpName = "FILE" };
    private static readonly Option<string?> IakCertificate = new("--iak-certificate") { Description = $"IAK {Certificates}", HelpName = "FILE" };
    private static readonly Option<string?> Iak = new("--iak") { Description = Keys, HelpName = "FILE" };
    private static readonly CertificationOptions Certification = new();
    private static readonly CertificateOptions By = new();

    public static EvidenceVerb Create()
    {
        var command = new Command("verify", "Verify the certificates of a device's IDevID and IAK, and what the IAK says of an attestation key") { IDevIdCertificate, IDevId, IakCertificate, Iak };
        Certification.AddTo(command);
        By.AddTo(command);
        command.Validators.Add(result =>
        {
            bool Has(Option option) => result.GetResult(option) is not null;
            if (!Has(IDevIdCertificate) && !Has(IakCertificate)) result.AddError("--idevid-certificate or --iak-certificate is required");
            if (Has(IDevId) && !Has(IDevIdCertificate)) result.AddError("--idevid needs --idevid-certificate");
            if (Has(Iak) && !Has(IakCertificate)) result.AddError("--iak needs --iak-certificate");
            if (Certification.IsGiven(result) && !Has(Iak)) result.AddError("--iak-attest needs --iak");
        });
        return new(command, Verify);
    }

    private static EvidenceResult Verify(ParseResult arguments)
    {
        var judgement = new Judgement(By.ReadTrusted(arguments), By.ReadIntermediates(arguments), By.ReadTime(arguments));
        using var iak = judgement.Judge("iak", DeviceKey.Iak, arguments.GetValue(IakCertificate), arguments.GetValue(Iak));
        using var idevid = judgement.Judge("idevid", DeviceKey.IDevId, arguments.GetValue(IDevIdCertificate), arguments.GetValue(IDevId));
        if (iak is not null && idevid is not null) judgement.Add("iak_cert", CertificateOptions.Describe(DeviceIdentityCertificate.VerifyDistinct(iak, idevid)));
        if (Certification.IsGiven(arguments.CommandResult)) judgement.Add("iak_attest", Certification.Verify(arguments, KeyFile.ReadArea(arguments.GetValue(Iak)!)));
        return EvidenceResult.JudgeFaults(judgement.Faults, judgement.Details);
    }

    /// <summary>The faults so far; each names the member of a registration that is at fault.</summary>
    private sealed class Judgement(IReadOnlyList<Certificate> trusted, IReadOnlyList<Certificate> intermediates, DateTimeOffset at)
    {
        public List<JsonObject> Faults { get; } = [];
        public JsonObject Details { get; } = [];

        public void Add(string member, JsonObject? fault)
        {
            if (fault is null) return;
            fault.Insert(0, "member", member);
            Faults.Add(fault);
        }

        /// <summary>Judges a certificate if there is one; null when there is none that can be read.</summary>
        public Certificate? Judge(string name, DeviceKey use, string? path, string? keyPath)
        {
            if (path is null) return null;
            var key = keyPath is null ? null : KeyFile.ReadArea(keyPath);
            var isRead = CertificateOptions.TryRead(path, out var certificate);
            var result = !isRead ? new(EndorsementFault.Malformed, "")
                : key is null ? DeviceIdentityCertificate.VerifyChain(certificate!, use, trusted, intermediates, at)
                : DeviceIdentityCertificate.Verify(certificate!, use, key, trusted, intermediates, at);
            Add($"{name}_cert", CertificateOptions.Describe(result));
            if (isRead) Details[name] = CertificateOptions.Describe(certificate!);
            return certificate;
        }
    }
}
