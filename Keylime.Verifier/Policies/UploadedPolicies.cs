using System.Text;
using Keylime.Attestation.Agents;
using Keylime.Attestation.Policies;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;
using Keylime.Verifier.Agents;
using Keylime.Verifier.Attestation;

namespace Keylime.Verifier.Policies;

/// <summary>Judges policy texts on their way into the store, so that every stored text can be compiled.</summary>
internal sealed class UploadedPolicies(VerifierOptions options, AttestationOptions attestation, TimeProvider time)
{
    /// <summary>What an agent without a runtime policy is given: nothing is allowed, and generator 1 says that nobody chose so. One text, so that all
    /// such agents share one compiled policy.</summary>
    private const string EmptyRuntimePolicy =
        """{"meta":{"version":1,"generator":1},"release":0,"digests":{},"excludes":[],"keyrings":{},"ima":{"ignored_keyrings":[],"log_hash_alg":"sha1","dm_policy":null},"ima-buf":{},"verification-keys":""}""";

    private const int EmptyGenerator = 1;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Adds to an agent what its request says of policies: texts to store under the names that the agent refers to.</summary>
    public Enrollment Complete(AgentEnrollment agent, AddAgentRequest request)
    {
        var (runtimeName, measuredBootName) = (agent.RuntimePolicyName, agent.MeasuredBootPolicyName);
        // A name without a text means the row of that name.
        var runtime = request.RuntimePolicy is { Length: > 0 } text ? ReadRuntime(runtimeName, text, request.RuntimePolicyKey)
            : request.RuntimePolicyName is { Length: > 0 } ? default
            : new(new(runtimeName, EmptyRuntimePolicy, EmptyGenerator, JudgesNothing: true), null);
        var measuredBoot = request.MbPolicy is { Length: > 0 } state ? ReadMeasuredBoot(measuredBootName, state)
            : request.MbPolicyName is { Length: > 0 } ? default
            : new(new(measuredBootName, null, 0), null);
        // A text that is refused still collides with a row of its name.
        return new(agent, runtime.Refusal is null ? runtime.Policy : new(runtimeName, null, 0), measuredBoot.Policy, runtime.Refusal ?? measuredBoot.Refusal);
    }

    /// <summary>A runtime policy: base64 of policy JSON, or of an envelope that signs it. Who gives a key wants it used, whether signatures are required or not.</summary>
    public UploadedPolicy ReadRuntime(string name, string base64, string? keyBase64)
    {
        if (!TryDecode(base64, out var utf8, out var text)) return Refuse(400, "runtime_policy is not base64 of a UTF-8 text");
        ReadOnlyMemory<byte> policyJson = utf8;
        var mustBeSigned = options.RequirePolicySignatures || !string.IsNullOrEmpty(keyBase64);
        if (DsseEnvelope.IsEnvelope(utf8))
        {
            if (!DsseEnvelope.TryParse(utf8, out var envelope, out var envelopeFault)) return Refuse(400, $"Signed runtime policy is malformed: {envelopeFault}");
            if (mustBeSigned && FindSignatureFault(envelope, keyBase64) is { } unsigned) return Refuse(401, unsigned);
            policyJson = envelope.Payload;
        }
        else if (mustBeSigned) return Refuse(400, "Runtime policy is not signed");
        return RuntimePolicy.TryCompile(policyJson.Span, out var policy, out var fault)
            ? new(new(name, text, policy.Generator, !policy.IsSet || policy.ExcludesEverything(new(time))), null)
            : Refuse(400, $"Runtime policy is not valid: {fault}");
    }

    /// <summary>A measured-boot policy: JSON text that the verifier's engine can go by.</summary>
    public UploadedPolicy ReadMeasuredBoot(string name, string text) =>
        MeasuredBootPolicy.TryParse(text, attestation.MeasuredBootEngine, out var policy, out var fault)
            ? new(new(name, text, 0, policy.IsEmpty), null)
            : Refuse(400, $"Measured boot policy is not valid: {fault}");

    private static string? FindSignatureFault(DsseEnvelope envelope, string? keyBase64) =>
        string.IsNullOrEmpty(keyBase64) || !TryDecode(keyBase64, out _, out var pem) ? "Runtime policy key is missing or not base64"
        : envelope.IsSignedBy(pem) ? null
        : "Runtime policy signature does not verify";

    private static bool TryDecode(string base64, out byte[] bytes, out string text)
    {
        (bytes, text) = ([], "");
        try
        {
            bytes = Convert.FromBase64String(base64);
            text = StrictUtf8.GetString(bytes);
            return true;
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return false;
        }
    }

    private static UploadedPolicy Refuse(int status, string message) => new(null, Answers.Error(status, message));
}

/// <summary>A policy to be stored, or the answer to one that cannot be.</summary>
internal readonly record struct UploadedPolicy(NamedPolicy? Policy, IResult? Refusal);
