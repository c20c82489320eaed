using System.Diagnostics.CodeAnalysis;

namespace Keylime.Vectors.Judges;

/// <summary>Who judges which kind of the manifest.</summary>
internal static class VectorKinds
{
    public delegate IEnumerable<Judgement> Judge(VectorTree tree, VectorFile file);

    private static readonly Dictionary<string, Judge> ByKind = new()
    {
        ["quote"] = QuoteJudge.Judge,
        ["quote-raw"] = QuoteJudge.JudgeStructure,
        ["attestation-bundle"] = BundleJudge.Judge,
        ["makecredential"] = CredentialJudge.Judge,
        ["tpm2b-public"] = TpmJudge.JudgePublic,
        ["pcr"] = TpmJudge.JudgeExtends,
        ["ima-log"] = ImaJudge.JudgeLog,
        ["ima-keyring"] = ImaJudge.JudgeKeyring,
        ["dm-ima"] = DeviceMapperJudge.Judge,
        ["dm-policy"] = DeviceMapperJudge.JudgePolicies,
        ["runtime-policy"] = PolicyJudge.JudgeRuntimePolicy,
        ["allowlist"] = PolicyJudge.JudgeRuntimePolicy,
        ["dsse"] = PolicyJudge.JudgeEnvelope,
        ["eventlog"] = BootJudge.JudgeLog,
        ["eventlog-expected-yaml"] = BootListing.Judge,
        ["mb-policy"] = BootJudge.JudgePolicyCases,
        ["mb-refstate"] = BootJudge.JudgeReferenceState,
        ["ek-cert"] = EndorsementJudge.JudgeCertificate,
        ["ca-cert"] = EndorsementJudge.JudgeAuthority,
        ["ek-cert-text"] = CertificateTextJudge.Judge,
        ["public-key"] = KeyJudge.JudgePublic,
        ["private-key"] = KeyJudge.JudgePrivate,
    };

    public static bool TryFind(string kind, [NotNullWhen(true)] out Judge? judge) => ByKind.TryGetValue(kind, out judge);
}
