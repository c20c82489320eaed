using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keylime.Attestation.Endorsements;
using Keylime.Attestation.Registrations;
using Keylime.Protocol;
using Keylime.Tpm;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Registrar.Agents;

/// <summary>Judges a claim against the record that is there.</summary>
internal sealed class RegistrationRules(RegistrarConfig config, DevIdRules devId)
{
    /// <summary>Upstream's words, which operators know.</summary>
    public const string IdentityChanged = "Agent re-registration with different TPM identity is forbidden for security reasons";
    public const string InvalidData = "Could not register agent with invalid data";

    private const ObjectAttributes EndorsementKey =
        ObjectAttributes.FixedTpm | ObjectAttributes.FixedParent | ObjectAttributes.SensitiveDataOrigin | ObjectAttributes.Restricted | ObjectAttributes.Decrypt;

    public RegistrationJudgement Judge(AgentId id, Claim claim, Registration? stored)
    {
        // First of all: whoever claims a registered id with another TPM learns that, and no more.
        if (stored is not null && ChangesIdentity(claim, stored))
            return new RegistrationJudgement.Refused(StatusCodes.Status403Forbidden, IdentityChanged);
        if (!TryReadEndorsementKey(claim, out var ek, out var fault) || !TryReadAttestationKey(claim, out var ak, out fault)) return Invalid(fault);
        fault = devId.Judge(id, claim, ak, stored) ?? JudgePresence(claim) ?? JudgeCertificateForm(claim);
        return fault is null ? new RegistrationJudgement.Accepted(Apply(id, claim, stored), ek, ak.ComputeName()) : Invalid(fault);
    }

    private static RegistrationJudgement.Refused Invalid(string fault) => new(StatusCodes.Status400BadRequest, $"{InvalidData}: {fault}");

    private static bool ChangesIdentity(Claim claim, Registration stored) =>
        Changes(claim.EkTpm, stored.EkTpm) || Changes(claim.EkCert?.Der, stored.EkCert) || Changes(claim.AkTpm, stored.AkTpm);

    /// <summary>Filling in what was empty is no change of identity; leaving out what was there is.</summary>
    private static bool Changes(ReadOnlyMemory<byte>? claimed, ReadOnlyMemory<byte>? stored) => stored is not null && Differs(claimed, stored);

    private static bool Differs(ReadOnlyMemory<byte>? left, ReadOnlyMemory<byte>? right) =>
        left is { } l && right is { } r ? !l.Span.SequenceEqual(r.Span) : left is null != right is null;

    private static bool TryReadEndorsementKey(Claim claim, [NotNullWhen(true)] out PublicArea? ek, [NotNullWhen(false)] out string? fault)
    {
        ek = null;
        fault = null;
        if (claim.EkTpm is not { } bytes) fault = "ek_tpm is missing, and without it no challenge can be made";
        else if (!PublicArea.TryParseSized(bytes.Span, out ek, out var error)) fault = $"ek_tpm is no TPM2B_PUBLIC: {error}";
        else if (ek.Attributes.HasFlag(ObjectAttributes.Sign) || !ek.Attributes.HasFlag(EndorsementKey) || !MakeCredential.Supports(ek))
            fault = "ek_tpm is not an endorsement key: a restricted decryption key with AES-CFB, fixed to its TPM";
        else if (ek.NameAlgorithm.DigestBytes() < Activation.Challenge.SecretBytes) fault = "ek_tpm has a name algorithm that is too short for a challenge";
        else if (claim.EkCert is { } text)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(text.Der.Span);
            if (!CertifiedKey.Matches(certificate, ek)) fault = "ekcert is not the certificate of ek_tpm";
        }
        return fault is null;
    }

    private static bool TryReadAttestationKey(Claim claim, [NotNullWhen(true)] out PublicArea? ak, [NotNullWhen(false)] out string? fault)
    {
        ak = null;
        fault = null;
        if (claim.AkTpm is not { } bytes) fault = "aik_tpm is missing";
        else if (!PublicArea.TryParseSized(bytes.Span, out ak, out var error)) fault = $"aik_tpm is no TPM2B_PUBLIC: {error}";
        // The TPM checks the name, which covers the attributes, when it opens the challenge: what is claimed here is proved there. A key without
        // "restricted" would sign a forged quote for whoever may use it.
        else if (!ak.Attributes.HasFlag(ObjectAttributes.AttestationKey) || ak.Attributes.HasFlag(ObjectAttributes.Decrypt))
            fault = "aik_tpm is not an attestation key: a restricted signing key, fixed to its TPM";
        else if (!AttestationKey.TryCreate(ak, out var key)) fault = "aik_tpm is a key that cannot be verified with here";
        else key.Dispose();
        return fault is null;
    }

    private string? JudgePresence(Claim claim)
    {
        if (config.Identity is RequiredIdentity.DevId && (claim.IakTpm is null || claim.IdevidTpm is null)) return "iak_tpm and idevid_tpm are required here";
        var (keys, certificates) = (claim.IakTpm is not null || claim.IdevidTpm is not null, claim.IakCert is not null || claim.IdevidCert is not null);
        if (keys && (claim.IakCert is null || claim.IdevidCert is null)) return "iak_tpm and idevid_tpm need both iak_cert and idevid_cert";
        return certificates && (claim.IakTpm is null || claim.IdevidTpm is null) ? "iak_cert and idevid_cert need both iak_tpm and idevid_tpm" : null;
    }

    private string? JudgeCertificateForm(Claim claim) =>
        config.MalformedCertificates is MalformedCertificateAction.Reject && claim.MalformedCertificates().FirstOrDefault() is { } member
            ? $"{member} is not strictly DER"
            : null;

    private static Registration Apply(AgentId id, Claim claim, Registration? stored)
    {
        var keysChanged = Differs(claim.EkTpm, stored?.EkTpm) || Differs(claim.AkTpm, stored?.AkTpm);
        var identityChanged = keysChanged || Differs(claim.EkCert?.Der, stored?.EkCert)
            || Differs(claim.IakTpm, stored?.IakTpm) || Differs(claim.IakCert?.Der, stored?.IakCert)
            || Differs(claim.IdevidTpm, stored?.IdevidTpm) || Differs(claim.IdevidCert?.Der, stored?.IdevidCert);
        return new()
        {
            Id = id,
            EkTpm = claim.EkTpm,
            EkCert = claim.EkCert?.Der,
            AkTpm = claim.AkTpm,
            IakTpm = claim.IakTpm,
            IakCert = claim.IakCert?.Der,
            IdevidTpm = claim.IdevidTpm,
            IdevidCert = claim.IdevidCert?.Der,
            PendingIp = claim.Ip,
            PendingPort = claim.Port,
            PendingMtlsCert = claim.MtlsDisabled ? "disabled" : claim.MtlsCert is { } mtls ? PemEncoding.WriteString("CERTIFICATE", mtls.Der.Span) + "\n" : null,
            Active = stored is { Active: true } && !keysChanged,
            Regcount = (stored?.Regcount ?? 0) + (identityChanged ? 1 : 0),
        };
    }
}
