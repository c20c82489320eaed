using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keylime.Attestation;
using Keylime.Fuzz.Engine;
using Keylime.Gateway.Routing;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;
using static Keylime.Fuzz.Engine.BrokenPropertyException;

namespace Keylime.Fuzz.Targets;

/// <summary>What comes in over HTTP: names in paths, versions, messages.</summary>
internal static class ProtocolTargets
{
    private const string Quote = "\"quote\":\"rAAAA:AAAA:AAAA\",\"hash_alg\":\"sha256\",\"enc_alg\":\"rsa\",\"sign_alg\":\"rsassa\",\"pubkey\":\"\",\"ima_measurement_list\":\"\",\"ima_measurement_list_entry\":0,\"mb_measurement_list\":\"AAAA\",\"boottime\":1";

    public static IReadOnlyList<FuzzTarget> List { get; } =
    [
        new("agent-id", RunAgentId, FuzzTarget.Words("d432fbb3-d2f1-4a97-9ef7-75bd81c00000", ".", "..")) { Dictionary = FuzzTarget.Words("..", "%2e", "é", "_", "-") },
        new("api-version", RunVersion, FuzzTarget.Words("2.6", "/v2.6/agents/a", "/V2/agents")) { Dictionary = FuzzTarget.Words("v", "2.6", "/", "10", "00", ".") },
        new("request-target", RunTarget, FuzzTarget.Words("/v2.6/agents/a?b=/../c", "/")) { Dictionary = FuzzTarget.Words("%2e", "%2F", "..", "//", "\\", "?", "#", "%", "%00", "%c3%a9") },
        Message("quote-response", KeylimeJson.Default.EnvelopeQuoteResponse, $"{{\"code\":200,\"status\":\"Success\",\"results\":{{{Quote}}}}}", ReadEvidence),
        Message("registration", KeylimeJson.Default.RegisterAgentRequest, """{"ek_tpm":"AAAA","aik_tpm":"AAAA","ekcert":"","ip":"127.0.0.1","port":"9002","mtls_cert":"disabled","agent_id":"a"}"""),
        Message("activation", KeylimeJson.Default.ActivateAgentRequest, """{"auth_tag":"00"}"""),
        Message("enrollment", KeylimeJson.Default.AddAgentRequest,
            """{"v":"AAAA","cloudagent_ip":"127.0.0.1","cloudagent_port":9002,"tpm_policy":"{}","runtime_policy":"","mb_policy":null,"metadata":"{}","accept_tpm_hash_algs":["sha256"],"accept_tpm_encryption_algs":["rsa"],"accept_tpm_signing_algs":["rsassa"],"ak_tpm":"AAAA","supported_version":"2.6"}"""),
        Message("version-response", KeylimeJson.Default.EnvelopeAgentVersionResponse, """{"code":200,"status":"Success","results":{"supported_version":"2.6","supported_versions":["2.1","2.6"]}}"""),
        Message("empty-envelope", KeylimeJson.Default.EnvelopeNothing, """{"code":"200","status":"Success","results":{}}"""),
        Message("revocation", KeylimeJson.Default.RevocationNotification, """{"msg":"{}","signature":"AAAA"}"""),
        CallerTarget.Target,
    ];

    private static int RunAgentId(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!AgentId.TryParse(text, out var id)) return 0;
        Require(id.Value == text && text.Length <= AgentId.MaxLength && Uri.EscapeDataString(text) == text, "has another spelling in a URI");
        return 1;
    }

    private static int RunVersion(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (ApiVersion.TryParse(text, out var version)) Require(version.ToString() == text, "is not written as it was read");
        if (!ApiVersionPath.TrySplit(text, out var segment, out var rest)) return version.Major;
        Require($"/{segment}{rest}" == text, "loses a part of the path");
        return ApiVersionPath.TryParse(segment, ApiVersion.Supported, out version) && ApiVersion.Supported.Contains(version) ? version.Minor : -1;
    }

    private static int RunTarget(byte[] input)
    {
        var raw = Encoding.UTF8.GetString(input);
        if (RequestTarget.Parse(raw) is not { } target) return 0;
        Require(target.Raw == raw, "is changed by being read");
        Require(target.Segments.All(segment => segment is not ("" or "." or "..")), "has segments that servers read differently");
        return target.Segments.Count;
    }

    /// <summary>A message is JSON or refused as none; what was read and written again is read as the same.</summary>
    private static FuzzTarget Message<T>(string name, JsonTypeInfo<T> type, string seed, Func<T, int>? use = null) where T : class =>
        new(name, input =>
        {
            T? message;
            try
            {
                message = JsonSerializer.Deserialize(input, type);
            }
            catch (JsonException e)
            {
                return e.Path?.Length ?? 0;
            }
            if (message is null) return -1;
            var written = JsonSerializer.SerializeToUtf8Bytes(message, type);
            var again = JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize(written, type)!, type);
            Require(written.AsSpan().SequenceEqual(again), "is another message after it was written");
            return use?.Invoke(message) ?? written.Length;
        }, FuzzTarget.Words(seed))
        {
            IsJson = true,
            Dictionary = FuzzTarget.Words("rAAAA:AAAA:AAAA", "9002", "sha256", "code", "results", "quote"),
        };

    private static int ReadEvidence(Envelope<QuoteResponse> message)
    {
        if (message.Results is null) return -1;
        if (Evidence.TryRead(message.Results, out var evidence, out var failure)) return evidence.Attest.Length;
        Require(failure.Detail.Length > 0, "is refused without a reason");
        return failure.Detail.Length;
    }
}
