using System.Diagnostics.CodeAnalysis;
using Keylime.Attestation.Agents;
using Keylime.Attestation.Ima;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Tpm.Credentials;
using Keylime.Tpm.Structures;

namespace Keylime.Attestation;

/// <summary>Everything that one agent's evidence is judged by. Immutable; policies inside are shared between agents.</summary>
public sealed record AppraisalPolicy
{
    /// <summary>The registered attestation key, imported once. It serves one thread at a time, and so does an agent's policy.</summary>
    public required AttestationKey AttestationKey { get; init; }
    /// <summary>PCR values and mask.</summary>
    public required TpmPolicy TpmPolicy { get; init; }
    /// <summary>Rules for the IMA list; null replays the list without judging files.</summary>
    public RuntimePolicy? RuntimePolicy { get; init; }
    /// <summary>Keys that verify file signatures, in place of the policy's own when there are any.</summary>
    public ImaKeyring ImaKeys { get; init; } = ImaKeyring.Empty;
    /// <summary>Rules for the boot log, with the engine that judges by them; null for none.</summary>
    public MeasuredBootPolicy? MeasuredBootPolicy { get; init; }
    /// <summary>When the engine is asked; the log is held against the quote every time.</summary>
    public MeasuredBootEvaluation MeasuredBootEvaluation { get; init; }
    /// <summary>Algorithms that the agent may use.</summary>
    public required AcceptedAlgorithms AcceptedAlgorithms { get; init; }
    /// <summary>Whether the quote has to bind a payload key by PCR 16: so for pull agents, not for evidence handed in by others.</summary>
    public bool PayloadKeyRequired { get; init; } = true;
    /// <summary>Whether an IMA violation (a file written while it was measured) fails the agent. Keylime's <c>ignore_tomtou_errors</c> says the reverse of its
    /// name; its shipped configuration lets violations pass, which is this default.</summary>
    public bool ViolationsFail { get; init; }

    /// <summary>PCRs that must be in a quote, bit n = PCR n: those of the TPM policy, and PCR 10 where there is something to judge the IMA list by. Whoever wrote the mask
    /// may have left it out, and then no file would ever be judged.</summary>
    public uint QuotedPcrs => TpmPolicy.Mask | (RuntimePolicy is { IsSet: true } || ImaKeys.Count > 0 ? 1u << ImaAppraisal.Pcr : 0);

    /// <summary><see cref="QuotedPcrs"/> for the request: as the mask was written, or in hex.</summary>
    public string MaskText => QuotedPcrs == TpmPolicy.Mask ? TpmPolicy.MaskText : $"0x{QuotedPcrs:x}";

    internal ImaRules ImaRules(IReadOnlyList<byte[]> bootAggregates, ExpressionBudget budget) =>
        new(RuntimePolicy, ImaKeys.Count > 0 ? ImaKeys : RuntimePolicy?.VerificationKeys ?? ImaKeyring.Empty, ViolationsFail, budget) { BootAggregates = bootAggregates };

    /// <summary>Prepares the policy of an enrolled agent: parses the attestation key, the TPM policy and the accept lists once.</summary>
    public static bool TryCreate(AgentEnrollment enrollment, RuntimePolicy? runtimePolicy, MeasuredBootPolicy? measuredBootPolicy,
        [NotNullWhen(true)] out AppraisalPolicy? policy, [NotNullWhen(false)] out PolicyFault? fault)
    {
        policy = null;
        if (!TryReadKey(enrollment.AkTpm.Span, out var key, out fault)) return false;
        if (!TpmPolicy.TryParse(enrollment.TpmPolicy, out var tpmPolicy, out fault)) return false;
        if (!ImaKeyring.TryParse(enrollment.ImaSignVerificationKeys, out var keys, out var path, out var detail))
        {
            fault = new($"ima_sign_verification_keys{path[1..]}", detail);
            return false;
        }
        policy = new AppraisalPolicy
        {
            AttestationKey = key,
            TpmPolicy = tpmPolicy,
            RuntimePolicy = runtimePolicy,
            ImaKeys = keys,
            MeasuredBootPolicy = measuredBootPolicy,
            AcceptedAlgorithms = new(enrollment.AcceptHashAlgorithms, enrollment.AcceptEncryptionAlgorithms, enrollment.AcceptSigningAlgorithms),
        };
        return true;
    }

    private static bool TryReadKey(ReadOnlySpan<byte> tpm2bPublic,
        [NotNullWhen(true)] out AttestationKey? key, [NotNullWhen(false)] out PolicyFault? fault)
    {
        const ObjectAttributes Needed = ObjectAttributes.Sign | ObjectAttributes.Restricted;
        (key, fault) = (null, null);
        if (!PublicArea.TryParseSized(tpm2bPublic, out var area, out var error)) fault = new("ak_tpm", $"is not a TPM2B_PUBLIC: {error}");
        // An unrestricted key signs whatever the machine asks it to, a made-up quote included.
        else if ((area.Attributes & Needed) != Needed) fault = new("ak_tpm", "is not a restricted signing key");
        else if (!AttestationKey.TryCreate(area, out key)) fault = new("ak_tpm", "is a key of a kind that cannot be used here");
        return key is not null;
    }
}
