using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Keylime.Attestation;
using Keylime.Attestation.Agents;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;
using Keylime.Sharding;
using Keylime.Verifier.Attestation;
using Keylime.Verifier.Policies;

namespace Keylime.Verifier.Agents;

/// <summary>An agent to be added, with what goes along.</summary>
/// <param name="Agent">The agent.</param>
/// <param name="RuntimePolicy">Text to be stored; null to use the row that the agent names.</param>
/// <param name="MeasuredBootPolicy">See <paramref name="RuntimePolicy"/>.</param>
/// <param name="PolicyRefusal">The answer to a policy that was sent and is none.</param>
internal sealed record Enrollment(AgentEnrollment Agent, NamedPolicy? RuntimePolicy, NamedPolicy? MeasuredBootPolicy, IResult? PolicyRefusal);

/// <summary>Judges the body of an add request member by member, so that nothing is stored that the loop could not use.</summary>
internal sealed class EnrollmentReader(VerifierOptions options, AttestationOptions attestation, UploadedPolicies policies)
{
    // Present, if perhaps null: mb_policy, mb_policy_name and mtls_cert.
    private static readonly string[] Required =
    [
        "tpm_policy", "runtime_policy", "mb_policy", "mb_policy_name", "ima_sign_verification_keys", "metadata", "revocation_key",
        "accept_tpm_hash_algs", "accept_tpm_encryption_algs", "accept_tpm_signing_algs", "ak_tpm",
    ];

    private const int MaxNameLength = 255;
    private const int MaxAlgorithms = 32;

    private readonly ShardMap _shards = new(options.ShardCount);

    public int MaxBytes => options.MaxUploadBytes;

    public bool TryRead(AgentId id, JsonBody<AddAgentRequest> body, [NotNullWhen(true)] out Enrollment? enrollment, [NotNullWhen(false)] out string? fault)
    {
        enrollment = null;
        var request = body.Value;
        fault = FindFault(request, body, out var ak, out var v);
        if (fault is not null) return false;

        var agent = new AgentEnrollment
        {
            Id = id,
            Shard = _shards.ShardOf(id.Value),
            VerifierId = options.Uuid,
            Ip = request.CloudagentIp,
            Port = request.CloudagentPort,
            VerifierIp = request.VerifierIp ?? options.Address.ToString(),
            VerifierPort = request.VerifierPort ?? options.Port,
            AkTpm = ak,
            MtlsCert = request.MtlsCert,
            SupportedVersion = KnownVersion(request.SupportedVersion),
            TpmPolicy = request.TpmPolicy!,
            MetaData = request.Metadata!,
            RuntimePolicyName = request.RuntimePolicyName is { Length: > 0 } runtimeName ? runtimeName : id.Value,
            MeasuredBootPolicyName = request.MbPolicyName is { Length: > 0 } measuredBootName ? measuredBootName : id.Value,
            ImaSignVerificationKeys = request.ImaSignVerificationKeys!,
            RevocationKey = request.RevocationKey!,
            // The cast counts: a bare null would become an empty memory by way of byte[], and the agent would be sent an empty share.
            V = v is null ? (ReadOnlyMemory<byte>?)null : v,
            AcceptHashAlgorithms = request.AcceptTpmHashAlgs!,
            AcceptEncryptionAlgorithms = request.AcceptTpmEncryptionAlgs!,
            AcceptSigningAlgorithms = request.AcceptTpmSigningAlgs!,
        };
        if (!AppraisalPolicy.TryCreate(agent, null, null, out _, out var policyFault))
        {
            // A path from the root is one inside tpm_policy; other faults name their member.
            fault = $"Exception error: {(policyFault.Path is ['$', ..] ? "tpm_policy " : "")}{policyFault}";
            return false;
        }
        enrollment = policies.Complete(agent, request);
        return true;
    }

    private string? FindFault(AddAgentRequest request, JsonBody<AddAgentRequest> body, out byte[] ak, out byte[]? v)
    {
        (ak, v) = ([], null);
        foreach (var member in Required)
            if (!body.Has(member)) return $"Exception error: member '{member}' is missing";
        if (request is not { TpmPolicy: not null, RuntimePolicy: not null, ImaSignVerificationKeys: not null, Metadata: not null, RevocationKey: not null, AkTpm: not null })
            return "Exception error: only mb_policy, mb_policy_name and mtls_cert may be null";
        if (FindTransportFault(request) is { } transport) return transport;
        if (!TryBase64(request.AkTpm, 4096, out ak!)) return "Exception error: ak_tpm is not base64";
        if (request.V is not null && (!TryBase64(request.V, 32, out v) || v.Length is not (16 or 32))) return "Exception error: v is not base64 of 16 or 32 bytes";
        if (request is { RuntimePolicyKey.Length: > 0, RuntimePolicy: "" }) return "Exception error: runtime_policy_key is given without a runtime_policy";
        if (!IsName(request.RuntimePolicyName)) return "Exception error: runtime_policy_name is too long or holds control characters";
        if (!IsName(request.MbPolicyName)) return "Exception error: mb_policy_name is too long or holds control characters";
        if (!IsName(request.VerifierIp)) return "Exception error: verifier_ip is too long or holds control characters";
        if (!IsObject(request.Metadata)) return "Exception error: metadata is not the text of a JSON object";
        if (!IsRevocationKey(request.RevocationKey)) return "Exception error: revocation_key is not an RSA private key in PEM";
        foreach (var list in (IReadOnlyList<string>?[])[request.AcceptTpmHashAlgs, request.AcceptTpmEncryptionAlgs, request.AcceptTpmSigningAlgs])
            if (list is null || list.Count > MaxAlgorithms || list.Any(name => name is null or { Length: > 32 } || name.Any(char.IsControl)))
                return "Exception error: the accept_tpm lists are not lists of algorithm names";
        return null;
    }

    private string? FindTransportFault(AddAgentRequest request)
    {
        // "disabled" is how an agent without TLS registers. Its quotes could be had in the clear, but V must not go out that way.
        if (attestation.AgentMtls && request.MtlsCert is null or "" or "disabled") return "mTLS certificate for agent is required!";
        if (request.MtlsCert is not (null or "" or "disabled") && !IsCertificate(request.MtlsCert)) return "Exception error: mtls_cert is not a certificate in PEM";
        if (request.CloudagentIp is { } host && Uri.CheckHostName(host) == UriHostNameType.Unknown) return "Exception error: cloudagent_ip is neither an address nor a host name";
        return request is { CloudagentPort: < 1 or > 65535 } or { VerifierPort: < 0 or > 65535 } ? "Exception error: a port is out of range" : null;
    }

    // Absent, unknown, or the agent's newer than ours: we begin with our own, and negotiate when the agent refuses it.
    private static string KnownVersion(string? text) =>
        ApiVersion.TryParse(text, out var version) && ApiVersion.Supported.Contains(version) ? version.ToString() : ApiVersion.Current.ToString();

    private static bool TryBase64(string text, int maxBytes, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        var buffer = new byte[maxBytes];
        if (!Convert.TryFromBase64String(text, buffer, out var length)) return false;
        bytes = buffer[..length];
        return true;
    }

    private static bool IsName(string? name) => name is null || (name.Length <= MaxNameLength && !name.Any(char.IsControl));

    // PEM may have anything around it, but PostgreSQL takes no NUL.
    private static bool HoldsNul(string pem) => pem.Contains('\0', StringComparison.Ordinal);

    private static bool IsObject(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsCertificate(string pem)
    {
        if (HoldsNul(pem)) return false;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool IsRevocationKey(string pem)
    {
        if (pem.Length == 0) return true;
        if (HoldsNul(pem)) return false;
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(pem);
            return key.ExportParameters(includePrivateParameters: true).D is not null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
