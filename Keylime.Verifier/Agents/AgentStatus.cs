using System.Globalization;
using Keylime.Attestation.Agents;
using Keylime.Attestation.Ima;
using Keylime.Attestation.MeasuredBoot;
using Keylime.Attestation.Policies;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Agents;

/// <summary>The status object: Keylime's members, and ours.</summary>
internal static class AgentStatus
{
    public static VerifierAgentResponse Of(StoredAgent agent, AttestationOptions options)
    {
        var (enrollment, state) = (agent.Enrollment, agent.State);
        var trust = TrustOf(agent);
        return new()
        {
            OperationalState = (int)state.OperationalState,
            V = enrollment.V is { } v ? Convert.ToBase64String(v.Span) : null,
            Ip = enrollment.Ip,
            Port = enrollment.Port,
            TpmPolicy = enrollment.TpmPolicy,
            MetaData = enrollment.MetaData,
            Judged = JudgedOf(agent, options),
            HasMbRefstate = agent.MeasuredBootPolicy.IsSet ? 1 : 0,
            HasRuntimePolicy = agent.RuntimePolicy.IsSet ? 1 : 0,
            AcceptTpmHashAlgs = enrollment.AcceptHashAlgorithms,
            AcceptTpmEncryptionAlgs = enrollment.AcceptEncryptionAlgorithms,
            AcceptTpmSigningAlgs = enrollment.AcceptSigningAlgorithms,
            HashAlg = state.HashAlgorithm,
            EncAlg = state.EncryptionAlgorithm,
            SignAlg = state.SigningAlgorithm,
            VerifierId = enrollment.VerifierId,
            VerifierIp = enrollment.VerifierIp,
            VerifierPort = enrollment.VerifierPort,
            SeverityLevel = state.SeverityLevel,
            LastEventId = state.LastEventId,
            AttestationCount = state.AttestationCount,
            LastReceivedQuote = state.LastReceivedQuote?.ToUnixTimeSeconds() ?? 0,
            LastSuccessfulAttestation = state.LastSuccessfulAttestation?.ToUnixTimeSeconds() ?? 0,
            AttestationStatus = trust switch
            {
                TrustState.Failed => "FAIL",
                TrustState.Pending => "PENDING",
                TrustState.Stale => "TIMEOUT",
                _ => "PASS",
            },
            AttestationPeriod = Seconds(options.QuoteInterval),
            MaximumAttestationInterval = Seconds(options.QuoteInterval * 5),
            EffectiveInterval = state.EffectiveInterval is { } interval ? Math.Round(interval.TotalSeconds, 3) : null,
            TrustState = trust,
            Owner = agent.Owner,
            Reason = trust switch
            {
                TrustState.Failed => state.OperationalState == OperationalState.TenantFailed ? "Stopped by the tenant" : state.Reason,
                TrustState.Stale => state.Reason is { } last ? $"No good attestation within the deadline. {last}" : "No good attestation within the deadline",
                TrustState.Pending => state.Reason,
                _ => null,
            },
        };
    }

    // Keys for file signatures judge by themselves, but not against a policy that excludes everything.
    private static List<string> JudgedOf(StoredAgent agent, AttestationOptions options)
    {
        var pcrs = TpmPolicy.TryParse(agent.Enrollment.TpmPolicy, out var policy, out _) ? policy : TpmPolicy.Empty;
        var judged = new List<string>(3);
        if (!agent.RuntimePolicy.JudgesNothing || (!agent.RuntimePolicy.IsSet && HasKeys(agent.Enrollment))) judged.Add(Judged.Runtime);
        if (agent.MeasuredBootPolicy is { IsSet: true, JudgesNothing: false } && options.MeasuredBootEngine != MeasuredBootEngine.AcceptAll) judged.Add(Judged.MeasuredBoot);
        if (pcrs.PinnedPcrs.Any()) judged.Add(Judged.Pcrs);
        return judged;
    }

    private static bool HasKeys(AgentEnrollment agent) => ImaKeyring.TryParse(agent.ImaSignVerificationKeys, out var keys, out _, out _) && keys.Count > 0;

    private static string TrustOf(StoredAgent agent) => agent.State.OperationalState switch
    {
        OperationalState.Failed or OperationalState.InvalidQuote or OperationalState.TenantFailed => TrustState.Failed,
        OperationalState.GetQuote or OperationalState.GetQuoteRetry or OperationalState.ProvideV or OperationalState.ProvideVRetry =>
            agent.IsFresh ? TrustState.Attested : TrustState.Stale,
        _ => TrustState.Pending,
    };

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s");
}
