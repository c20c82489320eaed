using Keylime.Attestation.Endorsements;
using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Keylime.Tpm.Structures;

namespace Keylime.Registrar.Agents;

/// <summary>The rules of IAK and IDevID: keys that the device's maker certified, and an IAK that certifies the attestation key.</summary>
internal sealed class DevIdRules(DevIdAuthorities authorities, TimeProvider time)
{
    /// <summary>Null when all is well, or there is nothing to judge.</summary>
    public string? Judge(AgentId id, Claim claim, PublicArea ak, Registration? stored) =>
        ReadKey("iak", claim.IakTpm, out var iak)
        ?? ReadKey("idevid", claim.IdevidTpm, out var idevid)
        ?? JudgeCertificates(claim, iak, idevid)
        ?? JudgeBinding(id, claim, iak, ak, stored);

    private static string? ReadKey(string name, ReadOnlyMemory<byte>? tpm, out PublicArea? key)
    {
        key = null;
        return tpm is { } bytes && !PublicArea.TryParseSized(bytes.Span, out key, out var error) ? $"{name}_tpm is no TPM2B_PUBLIC: {error}" : null;
    }

    /// <summary>A certificate without its key, or a key without its certificate, is another rule's.</summary>
    private string? JudgeCertificates(Claim claim, PublicArea? iak, PublicArea? idevid)
    {
        if ((iak is null || claim.IakCert is null) && (idevid is null || claim.IdevidCert is null)) return null;
        using var iakCertificate = Parse(claim.IakCert);
        using var idevidCertificate = Parse(claim.IdevidCert);
        var trusted = authorities.Read();
        try
        {
            return JudgeCertificate("iak_cert", claim.IakCert, iakCertificate, DeviceKey.Iak, iak, trusted)
                ?? JudgeCertificate("idevid_cert", claim.IdevidCert, idevidCertificate, DeviceKey.IDevId, idevid, trusted)
                ?? (iakCertificate is null || idevidCertificate is null ? null : Describe("iak_cert", DeviceIdentityCertificate.VerifyDistinct(iakCertificate, idevidCertificate)));
        }
        finally
        {
            foreach (var authority in trusted) authority.Dispose();
        }
    }

    private string? JudgeCertificate(string name, CertificateText? text, Certificate? certificate, DeviceKey use, PublicArea? key, IReadOnlyList<Certificate> trusted)
    {
        if (key is null || text is null) return null;
        return Describe(name, certificate is null ? new(EndorsementFault.Malformed, "") : DeviceIdentityCertificate.Verify(certificate, use, key, trusted, [], time.GetUtcNow()));
    }

    private static Certificate? Parse(CertificateText? text) => text is not null && Certificate.TryParse(text.Der.Span, out var certificate) ? certificate : null;

    private static string? Describe(string name, EndorsementResult result) => result.IsGood ? null : $"{name} is not to be believed: {result.Fault.Describe()}";

    private static string? JudgeBinding(AgentId id, Claim claim, PublicArea? iak, PublicArea ak, Registration? stored)
    {
        if (iak is null) return null;
        // Upstream asks for the binding only when both keys are new. Agents always send it, and a changed IAK without it would prove nothing.
        var unchanged = stored is { IakTpm: { } known } && known.Span.SequenceEqual(claim.IakTpm!.Value.Span);
        if (claim.IakAttest is not { } attest || claim.IakSign is not { } signature) return unchanged ? null : "iak_tpm needs iak_attest and iak_sign";
        return KeyCertification.Verify(attest.Span, signature.Span, iak, ak, id, out var fault) ? null : $"iak_attest does not prove that aik_tpm is in the TPM of iak_tpm: {fault}";
    }
}
